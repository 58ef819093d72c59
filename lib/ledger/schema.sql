-- The ledger's tables: what was promised becomes a row here. coupon-reset creates them, check_schema() holds them to this file.
--
-- * Times are BIGINT milliseconds since 1970-01-01T00:00Z: no time zone, no summer time, no rounding between client and server.
-- * The character set is stated for each table, since the server's default may be latin1. Names of events and topics are compared byte
--   by byte. ascii_bin would still take 'a' and 'a ' for equal, but a name with a blank never comes past EventName or Kafka.
-- * InnoDB, or ROLLBACK keeps what it should undo. NOT NULL, or a unique key takes any number of NULLs, as that of once_key is meant to.
-- * Row N+1 cannot exist even if every program is wrong: the key parts slot and user once each, slot_limit is tied to its round by the
--   foreign key, and the check keeps the slot within it. The foreign key has no referential action, since MySQL forbids one on a column
--   of a check.
--
-- * A failed event is one record, not a place: partitions and offsets come again when a topic is made again, so that its key has the
--   record's timestamp and digest, too.
--
-- * A position is written with the batch, in its transaction, and the group's offset is committed after it. A database whose position is
--   behind the group's offset lags: what it lacks says nothing. What became of the records from unbroken_from on is in the database;
--   coupon-reset does not read them again where the log is still the same.
--
-- Rights: README.md, "Least rights". No program needs FILE or SUPER.

CREATE TABLE IF NOT EXISTS coupon_round (
    event      VARCHAR(32)  NOT NULL,
    round      BIGINT       NOT NULL,
    slot_limit INT          NOT NULL COMMENT 'how many coupons there are; never changes',
    topic      VARCHAR(249) NOT NULL COMMENT 'the one topic the records of the event are on',
    state      VARCHAR(16)  NOT NULL COMMENT 'opening, open, closed, abandoned, purged',
    epoch      BIGINT       NOT NULL COMMENT 'highest epoch a gate of this round was armed with',
    opens_at   BIGINT       NULL COMMENT 'ms since epoch UTC; NULL is no bound',
    closes_at  BIGINT       NULL COMMENT 'ms since epoch UTC; NULL is no bound',
    owner      VARCHAR(64)  NOT NULL COMMENT 'the token of who last wrote the state',
    consumer_group VARCHAR(249)  NOT NULL COMMENT 'of the workers',
    cluster_id     VARCHAR(64)   NOT NULL COMMENT 'of the Kafka cluster the topic is in',
    round_key      VARCHAR(32)   NOT NULL COMMENT 'secret: 32 hexadecimal digits, the HMAC key of the records; empty: records are not signed',
    gate_run_id    VARCHAR(64)   NOT NULL COMMENT 'run_id of the Redis server the gate was armed in last',
    gate_database  BIGINT        NOT NULL COMMENT 'the number of its database there',
    gate_addresses VARCHAR(8000) NOT NULL COMMENT 'where that very gate was seen, one address a line',
    once_key       VARCHAR(64)   NULL COMMENT 'of coupon-reset --once; NULL where it was not given',
    created_at BIGINT       NOT NULL COMMENT 'ms since epoch UTC',
    PRIMARY KEY (event, round),
    CONSTRAINT coupon_round_keeps_limit UNIQUE (event, round, slot_limit),
    CONSTRAINT coupon_round_opens_once UNIQUE (event, once_key),
    CONSTRAINT coupon_round_limit_possible CHECK (slot_limit BETWEEN 1 AND 10000000),
    KEY coupon_round_of_topic (topic, event)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'the runs of each event';

CREATE TABLE IF NOT EXISTS coupon_fence (
    event            VARCHAR(32) NOT NULL,
    round            BIGINT      NOT NULL,
    epoch            BIGINT      NOT NULL COMMENT 'records of an older epoch at or after end_offset are fenced',
    source_partition INT         NOT NULL,
    end_offset       BIGINT      NOT NULL,
    below_offset     BIGINT      NULL COMMENT 'of the last record before end_offset; NULL where none was read',
    below_timestamp  BIGINT      NULL COMMENT 'of that record',
    below_sha256     CHAR(64)    NULL COMMENT 'of that record as netstrings, hexadecimal: where another one lies there, the log is another one',
    PRIMARY KEY (event, round, epoch, source_partition),
    CONSTRAINT coupon_fence_of_round FOREIGN KEY (event, round) REFERENCES coupon_round (event, round)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'where each epoch of a gate ended on the topic';

CREATE TABLE IF NOT EXISTS coupon_purge (
    event            VARCHAR(32) NOT NULL,
    round            BIGINT      NOT NULL COMMENT 'the round whose opening purged the topic',
    source_partition INT         NOT NULL,
    purge_offset     BIGINT      NOT NULL COMMENT 'records before it may be gone',
    PRIMARY KEY (event, round, source_partition),
    CONSTRAINT coupon_purge_of_round FOREIGN KEY (event, round) REFERENCES coupon_round (event, round)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'how far each reset meant to purge the topic';

CREATE TABLE IF NOT EXISTS coupon_position (
    event            VARCHAR(32)  NOT NULL,
    source_topic     VARCHAR(249) NOT NULL,
    source_partition INT          NOT NULL,
    next_offset      BIGINT       NOT NULL COMMENT 'behind the last record of the batch that a worker wrote last',
    unbroken_from    BIGINT       NOT NULL COMMENT 'that worker read each offset from here to next_offset',
    last_timestamp   BIGINT       NOT NULL COMMENT 'of the record before next_offset',
    last_sha256      CHAR(64)     NOT NULL COMMENT 'of that record as netstrings, hexadecimal: where another one lies there, the log is another one',
    PRIMARY KEY (event, source_topic, source_partition)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'how far the workers are, as this database knows it';

CREATE TABLE IF NOT EXISTS coupon (
    event      VARCHAR(32) NOT NULL,
    round      BIGINT      NOT NULL,
    slot       INT         NOT NULL,
    slot_limit INT         NOT NULL COMMENT 'that of the round, for the check',
    user_id    BIGINT      NOT NULL,
    granted_at BIGINT      NOT NULL COMMENT 'ms since epoch UTC, by the clock of the gate',
    issued_at  BIGINT      NOT NULL COMMENT 'ms since epoch UTC, by the clock of this server',
    PRIMARY KEY (event, round, slot),
    CONSTRAINT coupon_one_per_user UNIQUE (event, round, user_id),
    CONSTRAINT coupon_slot_within_limit CHECK (slot BETWEEN 1 AND slot_limit),
    CONSTRAINT coupon_of_round FOREIGN KEY (event, round, slot_limit) REFERENCES coupon_round (event, round, slot_limit)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'the coupons, one row each';

CREATE TABLE IF NOT EXISTS failed_event (
    source_topic     VARCHAR(249) NOT NULL,
    source_partition INT          NOT NULL,
    source_offset    BIGINT       NOT NULL,
    source_timestamp BIGINT       NOT NULL COMMENT 'ms since epoch UTC, as Kafka keeps it with the record; -1 where it keeps none',
    event            VARCHAR(32)  NOT NULL COMMENT 'empty where the record does not say',
    round            BIGINT       NULL COMMENT 'NULL where the record does not say',
    user_id          BIGINT       NULL COMMENT 'NULL where the record does not say',
    kind             VARCHAR(16)  NOT NULL COMMENT 'undecodable, newer_format, foreign_event, unsigned, conflict, unknown_round, impossible, too_large, refused',
    reason           VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'of the last try',
    raw              LONGBLOB     NOT NULL COMMENT 'netstrings of key, value, then name and value of each header; a null is -,; at most 64 KiB',
    raw_length       BIGINT       NOT NULL COMMENT 'bytes of the whole record as netstrings; raw is cut where it is shorter',
    raw_sha256       CHAR(64)     NOT NULL COMMENT 'of the whole record as netstrings, hexadecimal',
    attempts         BIGINT       NOT NULL,
    failed_at        BIGINT       NOT NULL COMMENT 'ms since epoch UTC',
    last_tried_at    BIGINT       NOT NULL COMMENT 'ms since epoch UTC',
    resolved_at      BIGINT       NULL COMMENT 'ms since epoch UTC; NULL while it is not issued',
    dismissed_at     BIGINT       NULL COMMENT 'ms since epoch UTC; NULL while an operator has not dismissed it',
    dismissed_why    VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'in the words of the operator',
    PRIMARY KEY (source_topic, source_partition, source_offset, source_timestamp, raw_sha256),
    KEY failed_event_of_round (source_topic, event, round)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'records that can not be issued, never dropped';

CREATE TABLE IF NOT EXISTS abandoned_claim (
    event   VARCHAR(32) NOT NULL,
    round   BIGINT      NOT NULL,
    slot    BIGINT      NOT NULL COMMENT 'as it was found, possible or not',
    user_id BIGINT      NOT NULL,
    PRIMARY KEY (event, round, slot, user_id),
    CONSTRAINT abandoned_claim_of_round FOREIGN KEY (event, round) REFERENCES coupon_round (event, round)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'claims without a row that a forced reset gave up';

CREATE TABLE IF NOT EXISTS void_claim (
    event     VARCHAR(32) NOT NULL,
    round     BIGINT      NOT NULL,
    epoch     BIGINT      NOT NULL COMMENT 'that the arming gave the gate which found the claim void',
    slot      BIGINT      NOT NULL,
    user_id   BIGINT      NOT NULL,
    reason    VARCHAR(16) NOT NULL COMMENT 'slot_taken, other_slot, old_copy, contradicted',
    voided_at BIGINT      NOT NULL COMMENT 'ms since epoch UTC, by the clock of this server',
    PRIMARY KEY (event, round, epoch, user_id),
    CONSTRAINT void_claim_of_round FOREIGN KEY (event, round) REFERENCES coupon_round (event, round)
) ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin COMMENT 'claims of a gate that had gone back in time, which do not count';
