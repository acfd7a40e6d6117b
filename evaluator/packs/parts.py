"""The pieces that packs are made of: names, labels, numbers, and the seven shapes of a part (MEANING section 4)."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Strict, StringConstraints, Tag, model_validator

__all__ = [
    "SHAPES",
    "AnyPart",
    "Award",
    "Band",
    "Bands",
    "Choices",
    "ChoicesPart",
    "Code",
    "CountDown",
    "CountDownPart",
    "CountUp",
    "CountUpPart",
    "Expression",
    "Flag",
    "Id",
    "Labels",
    "Manual",
    "ManualPart",
    "Model",
    "Month",
    "Number",
    "Part",
    "Points",
    "Prorate",
    "ProratePart",
    "TaggedPart",
]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]  # a name that conditions can read
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=60)]  # a pack, group, criterion, veto or trigger
Expression = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Points = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2)]
Month = Annotated[int, Field(ge=1, le=12, strict=True)]
Flag = Annotated[bool, Strict()]  # not also 1 or "yes"
Number = Annotated[Decimal, Field(ge=-1_000_000_000, le=1_000_000_000, decimal_places=4)]


class Labels(Model):
    """A text in Chinese and, mostly, English; plain text in YAML is Chinese."""

    zh: str = Field(min_length=1)
    en: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain_text_is_chinese(cls, value: Any) -> Any:
        return {"zh": value} if isinstance(value, str) else value

    def text(self, lang: str) -> str:
        """Return the text in ``lang``, Chinese where English is not given."""
        return self.en if lang == "en" and self.en else self.zh


class Part(Model):
    """What every part may say besides its shape."""

    text: Labels | None = None  # what the part asks, in a few words
    when_zero: Literal["na", "full", "zero"] | Points | None = None  # overrides that of the formula read
    due: Literal["period_end"] | Month | None = None  # before that the part is not yet owed


class Award(Part):
    award: Points
    when: Expression


class Band(Model):
    when: Expression
    award: Points


class Bands(Part):
    bands: tuple[Band, ...] = Field(min_length=1)


class CountUp(Model):
    each: Points
    per: Expression
    every: Number = Decimal(1)
    up_to: Points


class CountUpPart(Part):
    count_up: CountUp


class CountDown(Model):
    full: Points
    less: Points
    per: Expression
    every: Number = Decimal(1)


class CountDownPart(Part):
    count_down: CountDown


class Prorate(Model):
    points: Points
    of: Expression  # a ratio between 0 and 1 (a percent counts as its share)


class ProratePart(Part):
    prorate: Prorate


class Choices(Model):
    each: Points
    of: Id
    values: tuple[str, ...] = ()  # all the indicator's options when empty
    up_to: Points | None = None  # each x number of values when not given


class ChoicesPart(Part):
    choices: Choices


class Manual(Model):
    range: tuple[Points, Points]
    id: Id | None = None  # column that holds the points, ``<criterion>`` with ``-`` as ``_`` when not given; reason in ``<id>_reason``


class ManualPart(Part):
    manual: Manual


AnyPart = Award | Bands | CountUpPart | CountDownPart | ProratePart | ChoicesPart | ManualPart
SHAPES: dict[str, type[Part]] = {  # the key that tells each
    "award": Award,
    "bands": Bands,
    "count_up": CountUpPart,
    "count_down": CountDownPart,
    "prorate": ProratePart,
    "choices": ChoicesPart,
    "manual": ManualPart,
}


def _shape(part: Any) -> str | None:
    """Return the tag of a part's model, so that a mistake in one is told once and not for each of the seven."""
    if isinstance(part, Part):
        return type(part).__name__
    return next((model.__name__ for key, model in SHAPES.items() if isinstance(part, dict) and key in part), None)


TaggedPart = Annotated[
    Annotated[Award, Tag("Award")]
    | Annotated[Bands, Tag("Bands")]
    | Annotated[CountUpPart, Tag("CountUpPart")]
    | Annotated[CountDownPart, Tag("CountDownPart")]
    | Annotated[ProratePart, Tag("ProratePart")]
    | Annotated[ChoicesPart, Tag("ChoicesPart")]
    | Annotated[ManualPart, Tag("ManualPart")],
    Discriminator(_shape),
]
