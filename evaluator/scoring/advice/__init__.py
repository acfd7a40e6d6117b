"""What to change first, and what is still to be shown.

A **change** puts one item right, whole: a criterion is brought from what it earns to the most that it can still earn (its full marks in
play; an irreversible lapse of the period stays lost), a veto, trigger or gate that holds is made false. Changes are independent: evidence
that two items share is not followed, so one act of a branch may be two changes, never the other way round.

A change is the **branch's own** when the pack says ``fixable_by: branch``, it is not ``irreversible``, it surely applies, and no evidence
of it is owed by another holder. Everything else stays at its lowest reading. A gate names nobody: it goes with the criterion, veto or
trigger that reads most of its evidence. Triggers of packs that a pack needs are changes too; their criteria are not.

The **goal** is the next better level of a pack; better is the side on which a branch lies that has everything right. Where nothing is
earned and only triggers count, to be free of all of them is a second goal. Of all sets of changes that reach a goal the one proposed has
the fewest changes, then the shortest longest time limit, then comes first in the order of the pack (own changes before others').

``state`` scores a branch with changes made; ``changes`` lists them; ``least`` finds the smallest set and says why it is exact;
``settling`` finds the evidence that would settle the level; ``advise`` puts it together, ``needs`` into words.
"""
