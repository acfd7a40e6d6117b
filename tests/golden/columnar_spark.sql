CREATE TEMPORARY VIEW `facts` AS
WITH `kept` AS (
  SELECT
    CAST(`branch` AS BIGINT) AS `branch`,
    CAST(`input` AS BIGINT) AS `input`,
    CASE WHEN CAST(`na` AS BIGINT) = 0 THEN CAST(`value` AS BIGINT) END AS `value`,
    CAST(`na` AS BIGINT) AS `na`,
    CAST(`day` AS BIGINT) AS `day`,
    CAST(`stage` AS BIGINT) AS `stage`,
    `ref`
  FROM `records`
  WHERE
    `day` IS NULL OR `day` BETWEEN 19358 AND 19722
), `keyed` AS (
  SELECT
    `branch`,
    `input`,
    `value`,
    `na`,
    `stage`,
    `day` AS `dated`,
    CASE WHEN `input` IN (1, 2, 3, 4, 5, 6, 7) THEN `day` END AS `day`,
    CASE WHEN `input` IN (1, 2, 3, 4, 5, 6, 7) THEN `ref` ELSE '' END AS `ref`
  FROM `kept`
), `ranked` AS (
  SELECT
    `branch`,
    `input`,
    `day`,
    `ref`,
    `value`,
    `na`,
    `stage`,
    RANK() OVER (PARTITION BY `branch`, `input`, `day`, `ref` ORDER BY `stage` DESC, `dated` DESC) AS `place`
  FROM `keyed`
), `events` AS (
  SELECT
    `branch`,
    `input`,
    `day`,
    `ref`,
    MIN(`value`) AS `value`,
    MAX(`stage`) AS `stage`,
    CASE WHEN MIN(`value`) <> MAX(`value`) OR MIN(`na`) <> MAX(`na`) THEN 1 ELSE 0 END AS `conflict`
  FROM `ranked`
  WHERE
    `place` = 1
  GROUP BY
    `branch`,
    `input`,
    `day`,
    `ref`
), `settled` AS (
  SELECT
    `branch`,
    `input`,
    `day`,
    `ref`,
    `conflict`,
    CASE
      WHEN NOT (
        `input` IN (2, 5)
        AND `day` IS NULL
        AND (
          COUNT(CASE WHEN NOT (
            `value` IS NULL
          ) THEN `day` END) OVER (PARTITION BY `branch`, `input`) > 0
          OR RANK() OVER (PARTITION BY `branch`, `input`, NOT (
            `value` IS NULL
          ) ORDER BY `stage` DESC) > 1
        )
      )
      THEN `value`
    END AS `value`
  FROM `events`
)
SELECT
  `branch`,
  `input`,
  CASE
    WHEN `input` IN (1, 7)
    THEN CAST(SUM(`value`) AS BIGINT)
    WHEN `input` IN (3)
    THEN MIN(`value`)
    WHEN `input` IN (2)
    THEN CASE
      WHEN COUNT(CASE WHEN NOT (
        `value` IS NULL
      ) THEN `day` END) = 0
      THEN MAX(`value`)
      ELSE 10000 * COUNT(CASE WHEN `value` <> 0 THEN 1 END)
    END
    WHEN `input` IN (5)
    THEN CASE
      WHEN COUNT(CASE WHEN NOT (
        `value` IS NULL
      ) THEN `day` END) = 0
      THEN MAX(`value`)
      ELSE 10000 * COUNT(
        DISTINCT CASE
          WHEN `value` <> 0
          THEN CASE
            WHEN `day` < 19389
            THEN 0
            WHEN `day` < 19417
            THEN 1
            WHEN `day` < 19448
            THEN 2
            WHEN `day` < 19478
            THEN 3
            WHEN `day` < 19509
            THEN 4
            WHEN `day` < 19539
            THEN 5
            WHEN `day` < 19570
            THEN 6
            WHEN `day` < 19601
            THEN 7
            WHEN `day` < 19631
            THEN 8
            WHEN `day` < 19662
            THEN 9
            WHEN `day` < 19692
            THEN 10
            ELSE 11
          END
        END
      )
    END
    WHEN `input` IN (6)
    THEN BIT_OR(`value`)
    ELSE MAX(`value`)
  END AS `value`,
  CASE WHEN COUNT(`value`) = 0 THEN 1 ELSE 0 END AS `na`,
  CASE WHEN COUNT(`value`) > 0 THEN CAST(COUNT(`value`) AS BIGINT) END AS `count`
FROM `settled`
GROUP BY
  `branch`,
  `input`
HAVING
  MAX(`conflict`) = 0
  AND NOT (
    `input` IN (2, 5)
    AND COUNT(CASE WHEN NOT (
      `value` IS NULL
    ) THEN `day` END) = 0
    AND COUNT(DISTINCT `value`) > 1
  );

CREATE TEMPORARY VIEW `slots` AS
WITH `filled` AS (
  SELECT
    CAST(`branch` AS BIGINT) AS `branch`,
    CAST(NULL AS BIGINT) AS `key`,
    CAST(NULL AS BIGINT) AS `value`
  FROM `spine`
  UNION ALL
  SELECT
    `branch`,
    3 * `input` AS `key`,
    CAST(`value` AS BIGINT) AS `value`
  FROM `facts`
  UNION ALL
  SELECT
    `branch`,
    3 * `input` + 1 AS `key`,
    CAST(`na` AS BIGINT) AS `value`
  FROM `facts`
  WHERE
    `input` IN (8)
  UNION ALL
  SELECT
    `branch`,
    3 * `input` + 2 AS `key`,
    CAST(`count` AS BIGINT) AS `value`
  FROM `facts`
  WHERE
    `input` IN (7)
), `wide` AS (
  SELECT
    *
  FROM `filled`
  PIVOT(MAX(`value`) FOR 
    `key` IN (
      0 AS `s0`,
      3 AS `s1`,
      6 AS `s2`,
      9 AS `s3`,
      12 AS `s4`,
      15 AS `s5`,
      18 AS `s6`,
      21 AS `s7`,
      24 AS `s8`,
      25 AS `s9`,
      23 AS `s10`
    )
  )
), `more2` AS (
  SELECT
    *,
    `s6` DIV 1 % 2 AS `s11`,
    `s6` DIV 2 % 2 AS `s12`
  FROM `wide`
)
SELECT
  *,
  CASE WHEN NOT (
    `s0` IS NULL OR `s10` IS NULL
  ) THEN LEAST(`s0`, `s10`) END AS `s13`,
  CASE
    WHEN `s3` = 1
    THEN CAST(80 AS BIGINT)
    WHEN NOT (
      `s3` IS NULL
    )
    THEN CAST(60 AS BIGINT)
  END AS `s14`
FROM `more2`;

CREATE TEMPORARY VIEW `pack0` AS
WITH `base` AS (
  SELECT
    `slots`.*
  FROM `slots`
  WHERE
    TRUE
    AND NOT (
      COALESCE(`s0`, `s1`, `s2`, `s3`, `s4`, `s5`, `s6`, `s7`, `s8`, `s9`) IS NULL
    )
), `tests` AS (
  SELECT
    *,
    `s0` >= 5 AS `t0`,
    `s9` = 1 AS `t1`,
    `s10` <= 0 AS `t2`,
    `s1` >= 90 AS `t3`,
    `s1` >= 60 AS `t4`,
    `s2` >= 1 AS `t5`,
    `s3` >= 9 AS `t6`,
    `s4` >= 0 AS `t7`,
    (
      -1 * `s0`
    ) + 12 AS `x0`
  FROM `base`
), `parts` AS (
  SELECT
    *,
    CASE WHEN `t0` THEN 100 WHEN NOT `t0` THEN 0 END AS `v0`,
    CASE
      WHEN `t1`
      THEN 0
      WHEN `t1` IS NULL
      THEN NULL
      WHEN `t2`
      THEN 50
      WHEN `t2` IS NULL
      THEN NULL
      WHEN `t3`
      THEN 300
      WHEN `t4`
      THEN 100
      ELSE 0
    END AS `v1`,
    CASE
      WHEN `t1`
      THEN 0
      WHEN `t1` IS NULL
      THEN NULL
      WHEN `t2`
      THEN 50
      WHEN `t2` IS NULL
      THEN NULL
      WHEN COALESCE(`t3`, TRUE)
      THEN 300
      WHEN COALESCE(`t4`, TRUE)
      THEN 100
      ELSE 0
    END AS `v2`,
    CASE
      WHEN `x0` <= 0
      THEN 200
      WHEN `x0` >= 12
      THEN 0
      ELSE (
        -50 * (
          `x0` DIV 3
        )
      ) + 200
    END AS `v3`,
    CASE
      WHEN NOT COALESCE(`s10` > 0, FALSE)
      THEN NULL
      WHEN `s0` <= 0
      THEN 0
      WHEN `s0` >= `s10`
      THEN 100
      ELSE (
        100 * `s0`
      ) DIV `s10`
    END AS `v4`,
    CASE
      WHEN `s11` + `s12` <= 0
      THEN 0
      WHEN `s11` + `s12` >= 2
      THEN 100
      ELSE 50 * (
        (
          `s11` + `s12`
        ) DIV 1
      )
    END AS `v5`,
    CASE WHEN `s2` >= 10000 THEN 100 WHEN `s2` <= 0 THEN 0 ELSE `s2` DIV 100 END AS `v6`,
    CASE
      WHEN `t1`
      THEN 0
      WHEN NOT `t5`
      THEN 0
      WHEN NOT `t1` AND `t5`
      THEN CASE WHEN `s0` <= 0 THEN 0 WHEN `s0` >= 6 THEN 300 ELSE 100 * (
        `s0` DIV 2
      ) END
    END AS `v7`,
    CASE WHEN TRUE THEN 50 WHEN NOT TRUE THEN 0 END AS `v8`
  FROM `tests`
), `criteria` AS (
  SELECT
    `branch`,
    CASE
      WHEN `t7`
      THEN CASE
        WHEN NOT COALESCE(`t6`, TRUE)
        THEN LEAST(
          GREATEST(
            COALESCE(`v0`, 0) + COALESCE(`v1`, 0) + COALESCE(`v3`, 0) + COALESCE(`v4`, 0) + COALESCE(`v5`, 0) + COALESCE(`v6`, 0) - (
              COALESCE(`v7`, 300)
            ),
            0
          ),
          900 - (
            CASE WHEN `t1` THEN 300 ELSE 0 END
          )
        )
        ELSE 0
      END
      ELSE 0
    END AS `c0_low`,
    CASE
      WHEN `t7`
      THEN CASE
        WHEN `t6`
        THEN 900 - (
          CASE WHEN `t1` THEN 300 ELSE 0 END
        ) - (
          CASE WHEN NOT `t1` THEN 300 ELSE 0 END + 600
        )
        ELSE LEAST(
          GREATEST(
            COALESCE(`v0`, 100) + COALESCE(`v2`, 300) + COALESCE(`v3`, 200) + COALESCE(`v4`, 100) + COALESCE(`v5`, 100) + COALESCE(`v6`, 100) - (
              COALESCE(`v7`, 0)
            ),
            0
          ),
          900 - (
            CASE WHEN `t1` THEN 300 ELSE 0 END
          )
        )
      END
      WHEN `t7` IS NULL
      THEN 900 - (
        CASE WHEN `t1` THEN 300 ELSE 0 END
      )
      ELSE 0
    END AS `c0_high`,
    CASE WHEN NOT `t7` THEN 0 ELSE 900 - (
      CASE WHEN `t1` THEN 300 ELSE 0 END
    ) END AS `c0_points`,
    CASE WHEN `t7` THEN CASE WHEN NOT `t1` THEN 300 ELSE 0 END + 600 ELSE 0 END AS `c0_sure`,
    COALESCE(`v8`, 0) AS `c1_low`,
    COALESCE(`v8`, 50) AS `c1_high`,
    50 AS `c1_points`,
    CASE
      WHEN `s5` >= 1 AND NOT (
        (
          `s8` >= 1
        ) IS TRUE
      )
      THEN 3
      WHEN `s5` >= 1
      THEN 1
      WHEN (
        `s5` >= 1
      ) IS NULL
      THEN 2
      ELSE 0
    END AS `y0`,
    CASE WHEN `s7` >= 1 THEN 1 WHEN (
      `s7` >= 1
    ) IS NULL THEN 2 ELSE 0 END AS `h0`
  FROM `parts`
), `sums` AS (
  SELECT
    *,
    CAST(`c0_low` + LEAST(`c1_low`, 30) AS BIGINT) AS `g0_earned`,
    CAST(`c0_high` + LEAST(`c1_high`, 30) AS BIGINT) AS `g0_possible`,
    CAST(`c0_points` AS BIGINT) AS `g0_applicable`,
    CAST(`c0_sure` AS BIGINT) AS `g0_sure`
  FROM `criteria`
), `lines` AS (
  SELECT
    *,
    CASE
      WHEN `g0_applicable` = 0
      THEN 1
      WHEN NOT (
        10000 * `g0_sure` >= 6000000
      )
      THEN 2
      WHEN (
        `c0_points` > 0 AND `c0_low` = 0
      )
      THEN 3
      WHEN 100 * `g0_earned` >= 80 * `g0_applicable`
      THEN 0
      ELSE 4
    END AS `g0_own`,
    CASE
      WHEN `g0_applicable` > 0
      AND 10000 * `g0_applicable` >= 6000000
      AND COALESCE(100 * `g0_possible` >= 80 * `g0_applicable`, TRUE)
      AND NOT (
        `c0_sure` > 0 AND `c0_high` = 0
      )
      THEN 1
      ELSE 0
    END AS `g0_may`
  FROM `sums`
), `earned` AS (
  SELECT
    *,
    CAST(CASE WHEN NOT (
      `g0_own` = 0
    ) THEN `g0_own` WHEN `y0` = 1 THEN 6 ELSE 0 END AS BIGINT) AS `g0_why`,
    CAST(CASE WHEN `g0_may` = 1 AND NOT (
      `y0` = 1
    ) THEN 1 ELSE 0 END AS BIGINT) AS `g0_awarded_possible`
  FROM `lines`
), `totals` AS (
  SELECT
    *,
    CAST(CASE WHEN `g0_why` = 0 THEN 1 ELSE 0 END AS BIGINT) AS `stars`,
    CAST(CASE WHEN `g0_awarded_possible` = 1 THEN 1 ELSE 0 END AS BIGINT) AS `stars_possible`,
    CAST(CASE WHEN `g0_why` = 0 AND NOT (
      `y0` = 3
    ) THEN 1 ELSE 0 END AS BIGINT) AS `stars_confirmed`,
    CAST(`g0_earned` AS BIGINT) AS `points`,
    CAST(`g0_possible` AS BIGINT) AS `points_possible`,
    CAST(`g0_earned` AS BIGINT) AS `num`,
    CAST(`g0_possible` AS BIGINT) AS `num_possible`,
    CAST(`g0_applicable` AS BIGINT) AS `den`,
    CAST(CASE WHEN `c0_points` > 0 AND `c0_low` = 0 THEN 1 ELSE 0 END AS BIGINT) AS `keys_failed`,
    CAST(CASE WHEN `c0_sure` > 0 AND `c0_high` = 0 THEN 1 ELSE 0 END AS BIGINT) AS `keys_failed_possible`,
    CAST(CASE WHEN `h0` = 1 THEN 1 ELSE 0 END AS BIGINT) AS `hard`,
    CAST(CASE WHEN `h0` = 1 OR `h0` = 2 THEN 1 ELSE 0 END AS BIGINT) AS `hard_possible`,
    CAST(0 AS BIGINT) AS `soft`,
    CAST(0 AS BIGINT) AS `soft_possible`,
    CAST(CASE WHEN `c0_low` = `c0_high` THEN `c0_points` ELSE 0 END AS BIGINT) AS `decided`,
    CAST(`c0_points` AS BIGINT) AS `applicable`
  FROM `earned`
), `gates` AS (
  SELECT
    *,
    CASE
      WHEN CASE
        WHEN `keys_failed` < 1 AND `keys_failed_possible` < 1
        THEN TRUE
        WHEN NOT (
          `keys_failed` < 1 OR `keys_failed_possible` < 1
        )
        THEN FALSE
      END
      THEN 1
      WHEN CASE
        WHEN `keys_failed` < 1 AND `keys_failed_possible` < 1
        THEN TRUE
        WHEN NOT (
          `keys_failed` < 1 OR `keys_failed_possible` < 1
        )
        THEN FALSE
      END IS NULL
      THEN 2
      ELSE 0
    END AS `q0`
  FROM `totals`
), `levels` AS (
  SELECT
    *,
    CAST(LEAST(
      CASE WHEN `stars` >= 1 THEN 5 WHEN TRUE THEN 1 ELSE 0 END,
      CASE WHEN `y0` = 1 THEN 2 ELSE 5 END
    ) AS BIGINT) AS `level`,
    CAST(LEAST(
      CASE WHEN `stars_possible` >= 1 THEN 5 WHEN TRUE THEN 1 ELSE 0 END,
      CASE WHEN `y0` = 1 THEN 2 ELSE 5 END
    ) AS BIGINT) AS `level_possible`,
    CAST(LEAST(
      CASE WHEN `stars_confirmed` >= 1 THEN 5 WHEN TRUE THEN 1 ELSE 0 END,
      CASE WHEN `y0` = 1 OR `y0` = 3 THEN 2 ELSE 5 END
    ) AS BIGINT) AS `level_confirmed`,
    CAST(CASE
      WHEN `c0_low` <> `c0_high` OR `c1_low` <> `c1_high` OR `y0` > 1 OR `h0` > 1 OR `q0` > 1
      THEN 1
      ELSE 0
    END AS BIGINT) AS `provisional`
  FROM `gates`
)
SELECT
  `branch`,
  `c0_low`,
  `c0_high`,
  `c0_points`,
  `c1_low`,
  `c1_high`,
  `c1_points`,
  `g0_earned`,
  `g0_possible`,
  `g0_applicable`,
  `g0_why`,
  `g0_awarded_possible`,
  `y0`,
  `h0`,
  `q0`,
  `stars`,
  `stars_possible`,
  `num`,
  `num_possible`,
  `den`,
  `level`,
  `level_possible`,
  `level_confirmed`,
  `provisional`,
  `hard`,
  `hard_possible`,
  `soft`,
  `soft_possible`,
  `decided`,
  `applicable`
FROM `levels`;

CREATE TEMPORARY VIEW `criteria` AS
SELECT
  `branch`,
  `criterion`,
  `status`,
  `earned`,
  `earned_possible`,
  `points`
FROM (
  SELECT
    `branch`,
    CAST(`criterion` AS BIGINT) AS `criterion`,
    CAST(CASE
      WHEN FALSE
      THEN 1
      WHEN `points` = 0
      THEN 0
      WHEN `earned` <> `earned_possible`
      THEN 2
      WHEN `earned` = `points`
      THEN 3
      WHEN `earned` = 0
      THEN 4
      ELSE 5
    END AS BIGINT) AS `status`,
    CAST(`earned` AS BIGINT) AS `earned`,
    CAST(`earned_possible` AS BIGINT) AS `earned_possible`,
    CAST(`points` AS BIGINT) AS `points`
  FROM `pack0`
  UNPIVOT INCLUDE NULLS ((`earned`, `earned_possible`, `points`) FOR 
    `criterion` IN (
      (`c0_low`, `c0_high`, `c0_points`) AS `0`,
      (`c1_low`, `c1_high`, `c1_points`) AS `1`
    )
  )
) AS `found`
ORDER BY
  `branch`,
  `criterion`;

CREATE TEMPORARY VIEW `groups` AS
SELECT
  `branch`,
  `group`,
  `earned`,
  `earned_possible`,
  `applicable`,
  `awarded`,
  `awarded_possible`,
  `why`
FROM (
  SELECT
    `branch`,
    CAST(`group` AS BIGINT) AS `group`,
    `earned`,
    `earned_possible`,
    `in_play` AS `applicable`,
    CAST(CASE WHEN `why` = 0 THEN 1 ELSE 0 END AS BIGINT) AS `awarded`,
    `awarded_possible`,
    `why`
  FROM `pack0`
  UNPIVOT INCLUDE NULLS ((`earned`, `earned_possible`, `in_play`, `why`, `awarded_possible`) FOR 
    `group` IN (
      (`g0_earned`, `g0_possible`, `g0_applicable`, `g0_why`, `g0_awarded_possible`) AS `0`
    )
  )
) AS `found`
ORDER BY
  `branch`,
  `group`;

CREATE TEMPORARY VIEW `findings` AS
SELECT
  `branch`,
  `kind`,
  `number`,
  `state`
FROM (
  SELECT
    `branch`,
    CAST(0 AS BIGINT) AS `kind`,
    CAST(`number` AS BIGINT) AS `number`,
    CAST(`state` AS BIGINT) AS `state`
  FROM `pack0`
  UNPIVOT INCLUDE NULLS ((`state`) FOR `number` IN ((`y0`) AS `0`))
  WHERE
    `state` > 0
  UNION ALL
  SELECT
    `branch`,
    CAST(1 AS BIGINT) AS `kind`,
    CAST(`number` AS BIGINT) AS `number`,
    CAST(`state` AS BIGINT) AS `state`
  FROM `pack0`
  UNPIVOT INCLUDE NULLS ((`state`) FOR `number` IN ((`h0`) AS `0`))
  WHERE
    `state` > 0
  UNION ALL
  SELECT
    `branch`,
    CAST(2 AS BIGINT) AS `kind`,
    CAST(`number` AS BIGINT) AS `number`,
    CAST(`state` AS BIGINT) AS `state`
  FROM `pack0`
  UNPIVOT INCLUDE NULLS ((`state`) FOR `number` IN ((`q0`) AS `0`))
  WHERE
    `state` > 0
) AS `found`
ORDER BY
  `branch`,
  `kind`,
  `number`;

CREATE TEMPORARY VIEW `branches` AS
SELECT
  `branch`,
  `pack`,
  `visited`,
  `stars`,
  `stars_possible`,
  `num`,
  `num_possible`,
  `den`,
  `level`,
  `level_possible`,
  `level_confirmed`,
  `provisional`,
  `hard`,
  `soft`,
  `decided`,
  `applicable`
FROM (
  SELECT
    `slots`.`branch`,
    CAST(0 AS BIGINT) AS `pack`,
    CAST(CASE WHEN NOT (
      `pack0`.`branch` IS NULL
    ) THEN 1 ELSE 0 END AS BIGINT) AS `visited`,
    `pack0`.`stars`,
    `pack0`.`stars_possible`,
    `pack0`.`num`,
    `pack0`.`num_possible`,
    `pack0`.`den`,
    `pack0`.`level`,
    `pack0`.`level_possible`,
    `pack0`.`level_confirmed`,
    `pack0`.`provisional`,
    `pack0`.`hard`,
    `pack0`.`soft`,
    `pack0`.`decided`,
    `pack0`.`applicable`
  FROM `slots`
  LEFT JOIN `pack0`
    ON `slots`.`branch` = `pack0`.`branch`
  WHERE
    TRUE
) AS `found`
ORDER BY
  `branch`,
  `pack`;

CREATE TEMPORARY VIEW `values` AS
SELECT
  `branch`,
  `slot`,
  `value`
FROM (
  SELECT
    `branch`,
    CAST(`slot` AS BIGINT) AS `slot`,
    `value`
  FROM `slots`
  UNPIVOT((`value`) FOR 
    `slot` IN (
      (`s0`) AS `0`,
      (`s1`) AS `1`,
      (`s2`) AS `2`,
      (`s3`) AS `3`,
      (`s4`) AS `4`,
      (`s5`) AS `5`,
      (`s6`) AS `6`,
      (`s7`) AS `7`,
      (`s8`) AS `8`,
      (`s9`) AS `9`,
      (`s10`) AS `10`,
      (`s11`) AS `11`,
      (`s12`) AS `12`,
      (`s13`) AS `13`,
      (`s14`) AS `14`
    )
  )
) AS `found`
ORDER BY
  `branch`,
  `slot`;

