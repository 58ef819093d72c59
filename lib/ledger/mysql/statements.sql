-- Every statement the ledger sends with values, by name (mysql_statements.hpp). What stands in braces is repeated, with commas, as often as
-- there are rows or values. Plain INSERT everywhere: IGNORE turns a broken rule into a warning, ON DUPLICATE KEY UPDATE has handed one
-- user's coupon to another, REPLACE deletes the old owner.

-- name: session
-- All of it is lost with the connection. Strict, or 300 is stored as 127; UTC, so that the server's clock has no summer time; checks on,
-- lists whole and sorted by all of a text, whatever the server's defaults are. The order matters: max_join_size sets sql_big_selects.
SET SESSION sql_mode = 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
    autocommit = 1, completion_type = 'NO_CHAIN', time_zone = '+00:00', foreign_key_checks = 1, unique_checks = 1,
    innodb_lock_wait_timeout = 3, lock_wait_timeout = 3, net_read_timeout = 30, net_write_timeout = 60,
    sql_select_limit = 18446744073709551615, max_join_size = 18446744073709551615, sql_big_selects = 1, sql_safe_updates = 0,
    sql_auto_is_null = 0, sql_notes = 1, max_sort_length = 1024, group_concat_max_len = 1048576,
    sql_quote_show_create = 1, character_set_client = utf8mb4, character_set_connection = utf8mb4, character_set_results = utf8mb4

-- name: session_mariadb
-- A worker that is stopped in the middle of its transaction, or whose network is gone, would keep the rows locked that its successor is to
-- write, for as long as its connection stands.
SET SESSION max_statement_time = 0, check_constraint_checks = 1, max_error_count = 64, idle_transaction_timeout = 5, idle_readonly_transaction_timeout = 5,
    idle_write_transaction_timeout = 5

-- name: session_mysql
-- MySQL ends no idle transaction, only an idle connection: the next transaction makes a new one. max_error_count takes a right there that no
-- program needs.
SET SESSION max_execution_time = 0, wait_timeout = 10

-- name: session_lock
-- Of a connection that holds nothing but the lock of resets, and says nothing for as long as a reset takes.
SET SESSION wait_timeout = 600

-- name: session_isolation
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE

-- name: largest_packet
SELECT CAST(@@session.max_allowed_packet AS SIGNED)

-- name: durability
SELECT @@global.innodb_flush_log_at_trx_commit, @@global.log_bin, @@global.sync_binlog

-- name: binary_log
SELECT @@session.binlog_format

-- name: settings_triggers
-- Those that the account sees: with the right TRIGGER on the table.
SELECT LOWER(event_object_table), trigger_name, event_manipulation FROM information_schema.TRIGGERS
WHERE event_object_schema = DATABASE() ORDER BY event_object_table, trigger_name

-- name: settings_idle_transactions
-- With the right PROCESS. The list of processes counts the seconds of silence, without any time zone.
SELECT t.trx_mysql_thread_id, p.user, p.host, CAST(p.time AS SIGNED), CAST(t.trx_rows_locked AS SIGNED)
FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.id = t.trx_mysql_thread_id
WHERE p.command = 'Sleep' AND p.time >= 10 ORDER BY p.time DESC, p.id LIMIT 100

-- name: settings_global
SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'log_bin', 'sync_binlog',
    'binlog_format', 'max_binlog_cache_size', 'super_read_only', 'innodb_read_only', 'read_only', 'sql_mode', 'max_connections', 'max_allowed_packet')

-- name: settings_session
SHOW SESSION VARIABLES WHERE Variable_name IN ('sql_mode', 'tx_isolation', 'transaction_isolation', 'max_user_connections')

-- name: settings_status
SHOW GLOBAL STATUS WHERE Variable_name = 'Threads_connected'

-- name: settings_now
SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)

-- name: account
SELECT CURRENT_USER()

-- name: right_to_refer
-- An account that may read the system's tables sees those of others, too. A right on a database is on a pattern of its name.
SELECT 1 FROM information_schema.USER_PRIVILEGES
WHERE grantee = CONCAT('\'', REPLACE(CURRENT_USER(), '@', '\'@\''), '\'') AND privilege_type = 'REFERENCES'
UNION SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
WHERE grantee = CONCAT('\'', REPLACE(CURRENT_USER(), '@', '\'@\''), '\'') AND DATABASE() LIKE table_schema
  AND privilege_type = 'REFERENCES'

-- name: settings_abandoned
SELECT round, COUNT(*) FROM abandoned_claim WHERE event = ? GROUP BY round

-- name: rounds
SELECT event, round, slot_limit, topic, state, epoch, opens_at, closes_at, owner, consumer_group, cluster_id, round_key,
       gate_run_id, gate_database, gate_addresses, once_key
FROM coupon_round WHERE event = ? ORDER BY round

-- name: share_round
-- With the time: an expression for each coupon written costs MariaDB a tenth of the row.
SELECT event, round, slot_limit, topic, state, epoch, opens_at, closes_at, owner, consumer_group, cluster_id, round_key,
       gate_run_id, gate_database, gate_addresses, once_key, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
FROM coupon_round WHERE event = ? AND round = ? LOCK IN SHARE MODE

-- name: lock_round
SELECT event, round, slot_limit, topic, state, epoch, opens_at, closes_at, owner, consumer_group, cluster_id, round_key,
       gate_run_id, gate_database, gate_addresses, once_key
FROM coupon_round WHERE event = ? AND round = ? FOR UPDATE

-- name: lock_highest_round
SELECT event, round, slot_limit, topic, state, epoch, opens_at, closes_at, owner, consumer_group, cluster_id, round_key,
       gate_run_id, gate_database, gate_addresses, once_key
FROM coupon_round WHERE event = ? ORDER BY round DESC LIMIT 1 FOR UPDATE

-- name: event_known
SELECT 1 FROM coupon_round WHERE event = ? LIMIT 1

-- name: round_opened_once
SELECT round FROM coupon_round WHERE event = ? AND once_key = ?

-- name: events
SELECT DISTINCT event FROM coupon_round ORDER BY event

-- name: events_of_topic
SELECT DISTINCT event FROM coupon_round WHERE topic = ? ORDER BY event LIMIT 2

-- name: lock_events_of_topic
SELECT event FROM coupon_round WHERE topic = ? ORDER BY event FOR UPDATE

-- name: insert_round
INSERT INTO coupon_round (event, round, slot_limit, topic, state, epoch, opens_at, closes_at, owner, consumer_group, cluster_id, round_key,
                          gate_run_id, gate_database, gate_addresses, once_key, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))

-- name: update_round
UPDATE coupon_round SET state = ?, epoch = ?, closes_at = ?, owner = ?, gate_run_id = ?, gate_database = ?, gate_addresses = ? WHERE event = ? AND round = ?

-- name: fences
SELECT epoch, source_partition, end_offset, below_offset, below_timestamp, below_sha256
FROM coupon_fence WHERE event = ? AND round = ? ORDER BY epoch, source_partition

-- name: fences_of_event
SELECT round, epoch, source_partition, end_offset, below_offset, below_timestamp, below_sha256
FROM coupon_fence WHERE event = ? ORDER BY round, epoch, source_partition

-- name: insert_fences
INSERT INTO coupon_fence (event, round, epoch, source_partition, end_offset, below_offset, below_timestamp, below_sha256)
VALUES {(?, ?, ?, ?, ?, ?, ?, ?)}

-- name: zero_fences
UPDATE coupon_fence SET end_offset = 0, below_offset = NULL, below_timestamp = NULL, below_sha256 = NULL
WHERE event = ? AND round = ? AND source_partition = ? AND epoch <= ?

-- name: purge_offsets
SELECT source_partition, purge_offset FROM coupon_purge WHERE event = ? AND round = ? ORDER BY source_partition

-- name: purged_to
SELECT p.source_partition, MAX(p.purge_offset)
FROM coupon_purge p JOIN coupon_round r ON r.event = p.event AND r.round = p.round
WHERE p.event = ? AND r.topic = ? GROUP BY p.source_partition ORDER BY p.source_partition

-- name: insert_purge_offsets
INSERT INTO coupon_purge (event, round, source_partition, purge_offset) VALUES {(?, ?, ?, ?)}

-- name: positions
SELECT source_partition, next_offset, unbroken_from, last_timestamp, last_sha256
FROM coupon_position WHERE event = ? AND source_topic = ? ORDER BY source_partition

-- name: move_position
-- position_behind() of core/worker_positions. The order matters: a column that was set before has its new value.
UPDATE coupon_position SET unbroken_from = IF(next_offset = ? AND unbroken_from = ?, unbroken_from, ?),
    next_offset = ?, last_timestamp = ?, last_sha256 = ?
WHERE event = ? AND source_topic = ? AND source_partition = ?

-- name: insert_position
INSERT INTO coupon_position (unbroken_from, next_offset, last_timestamp, last_sha256, event, source_topic, source_partition)
VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: coupons
SELECT slot, user_id FROM coupon WHERE event = ? AND round = ? ORDER BY slot

-- name: coupons_after
SELECT slot, user_id FROM coupon WHERE event = ? AND round = ? AND slot > ? ORDER BY slot LIMIT ?

-- name: coupons_of_user
SELECT slot, granted_at, issued_at FROM coupon WHERE event = ? AND round = ? AND user_id = ? ORDER BY slot

-- name: coupon_count
SELECT COUNT(*) FROM coupon WHERE event = ? AND round = ?

-- name: coupons_of_users
SELECT slot, user_id FROM coupon WHERE event = ? AND round = ? AND user_id IN ({?})

-- name: coupons_of_slots
SELECT slot, user_id FROM coupon WHERE event = ? AND round = ? AND slot IN ({?})

-- name: insert_coupons
INSERT INTO coupon (event, round, slot, slot_limit, user_id, granted_at, issued_at)
VALUES {(?, ?, ?, ?, ?, ?, ?)}

-- name: drop_some_coupons
DELETE FROM coupon WHERE event = ? AND round = ? ORDER BY slot LIMIT 10000

-- name: abandoned_claims
SELECT slot, user_id FROM abandoned_claim WHERE event = ? AND round = ? ORDER BY slot, user_id

-- name: insert_abandoned_claims
INSERT INTO abandoned_claim (event, round, slot, user_id) VALUES {(?, ?, ?, ?)}

-- name: void_claims
SELECT epoch, slot, user_id, reason FROM void_claim WHERE event = ? AND round = ? ORDER BY user_id, epoch

-- name: insert_void_claims
INSERT INTO void_claim (event, round, epoch, slot, user_id, reason, voided_at)
VALUES {(?, ?, ?, ?, ?, ?, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))}

-- name: failed_events
SELECT source_partition, source_offset, source_timestamp, raw_sha256, event, round, user_id, kind, reason, attempts, resolved_at,
       dismissed_at, dismissed_why
FROM failed_event WHERE source_topic = ? ORDER BY source_partition, source_offset, source_timestamp, raw_sha256

-- name: highest_failed
SELECT round FROM failed_event WHERE source_topic = ? AND event = ? AND round <= ? ORDER BY round DESC LIMIT 1

-- name: failed_identities
SELECT source_partition, source_offset, source_timestamp, raw_sha256
FROM failed_event WHERE source_topic = ? ORDER BY source_partition, source_offset, source_timestamp, raw_sha256

-- name: known_records
SELECT source_partition, source_offset, source_timestamp, raw_sha256
FROM failed_event WHERE source_topic = ? AND source_partition = ? AND source_offset IN ({?})

-- name: open_events
-- By the primary key, or each portion would sort all of them.
SELECT source_partition, source_offset, source_timestamp, raw_sha256, event, round, user_id, kind, reason, attempts, resolved_at,
       dismissed_at, dismissed_why, raw, raw_length
FROM failed_event FORCE INDEX (PRIMARY)
WHERE source_topic = ? AND resolved_at IS NULL AND dismissed_at IS NULL
  AND (source_partition > ? OR (source_partition = ? AND (source_offset > ? OR (source_offset = ?
       AND (source_timestamp > ? OR (source_timestamp = ? AND raw_sha256 > ?))))))
ORDER BY source_partition, source_offset, source_timestamp, raw_sha256 LIMIT ?

-- name: open_events_at
SELECT source_partition, source_offset, source_timestamp, raw_sha256, event, round, user_id, kind, reason, attempts, resolved_at,
       dismissed_at, dismissed_why, raw, raw_length
FROM failed_event
WHERE source_topic = ? AND source_partition = ? AND source_offset IN ({?}) AND resolved_at IS NULL AND dismissed_at IS NULL
ORDER BY source_offset, source_timestamp, raw_sha256

-- name: failed_claims
SELECT raw, dismissed_at FROM failed_event
WHERE source_topic = ? AND event = ? AND round = ? AND resolved_at IS NULL AND kind <> 'unsigned' AND raw_length = LENGTH(raw)

-- name: failed_counts
SELECT kind, COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NULL THEN 1 END),
       COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NULL AND user_id IS NOT NULL AND event IN ('', ?) THEN 1 END),
       COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NOT NULL THEN 1 END), COUNT(resolved_at)
FROM failed_event WHERE source_topic = ? GROUP BY kind

-- name: failed_counts_of_kind
SELECT kind, COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NULL THEN 1 END),
       COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NULL AND user_id IS NOT NULL AND event IN ('', ?) THEN 1 END),
       COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NOT NULL THEN 1 END), COUNT(resolved_at)
FROM failed_event WHERE source_topic = ? AND kind = ? GROUP BY kind

-- name: failed_counts_at
SELECT kind, COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NULL THEN 1 END),
       COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NULL AND user_id IS NOT NULL AND event IN ('', ?) THEN 1 END),
       COUNT(CASE WHEN resolved_at IS NULL AND dismissed_at IS NOT NULL THEN 1 END), COUNT(resolved_at)
FROM failed_event WHERE source_topic = ? AND source_partition = ? AND source_offset BETWEEN ? AND ? AND raw_sha256 LIKE CONCAT(?, '%') GROUP BY kind

-- name: lock_open_events
SELECT source_partition, source_offset, source_timestamp, raw_sha256 FROM failed_event
WHERE source_topic = ? AND source_partition = ? AND source_offset IN ({?}) AND resolved_at IS NULL AND dismissed_at IS NULL FOR UPDATE

-- name: insert_failed_events
INSERT INTO failed_event (source_topic, source_partition, source_offset, source_timestamp, event, round, user_id, kind, reason, raw, raw_length,
                          raw_sha256, attempts, failed_at, last_tried_at)
VALUES {(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED))}

-- name: resolve_failed_events
-- By the offsets through the primary key, by the rest exactly.
UPDATE failed_event SET attempts = attempts + 1, last_tried_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED),
                        resolved_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)
WHERE source_topic = ? AND source_partition = ? AND source_offset IN ({?})
  AND (source_offset, source_timestamp, raw_sha256) IN ({(?, ?, ?)})

-- name: keep_failed_events
UPDATE failed_event SET attempts = attempts + 1, last_tried_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), kind = ?, reason = ?
WHERE source_topic = ? AND source_partition = ? AND source_offset IN ({?})
  AND (source_offset, source_timestamp, raw_sha256) IN ({(?, ?, ?)})

-- name: dismiss_events_of_kind
UPDATE failed_event SET dismissed_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), dismissed_why = ?
WHERE source_topic = ? AND kind = ? AND resolved_at IS NULL AND dismissed_at IS NULL
ORDER BY source_partition, source_offset, source_timestamp, raw_sha256 LIMIT ?

-- name: dismiss_events_at
UPDATE failed_event SET dismissed_at = CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), dismissed_why = ?
WHERE source_topic = ? AND source_partition = ? AND source_offset BETWEEN ? AND ? AND raw_sha256 LIKE CONCAT(?, '%') AND resolved_at IS NULL
  AND dismissed_at IS NULL
ORDER BY source_offset, source_timestamp, raw_sha256 LIMIT ?

-- name: lock_resets
SELECT GET_LOCK(?, 0)

-- name: schema_tables
SELECT LOWER(table_name), LOWER(engine) FROM information_schema.TABLES
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'

-- name: schema_columns
SELECT LOWER(table_name), LOWER(column_name), LOWER(data_type), is_nullable, COALESCE(collation_name, ''),
       LOWER(column_type), CASE WHEN is_nullable = 'NO' AND column_default IS NULL AND extra = '' THEN 1 ELSE 0 END
FROM information_schema.COLUMNS WHERE table_schema = DATABASE()

-- name: schema_unique_keys
SELECT LOWER(table_name), GROUP_CONCAT(LOWER(column_name) ORDER BY seq_in_index SEPARATOR ',')
FROM information_schema.STATISTICS WHERE table_schema = DATABASE() AND non_unique = 0
GROUP BY table_name, index_name HAVING MAX(COALESCE(sub_part, 0)) = 0
