"""What other people do to the servers of an event in the middle of a round, drawn for a plan: to the gate, the group, the topic, and the settings
of the database. Pure."""

from fault import FIRST_S, LAST_S, Fault

# Global variables of MariaDB that new sessions meet. All but the last three must change nothing; under those a program may refuse, or wait.
GLOBALS = (("sql_select_limit", "1"), ("max_join_size", "1"), ("sql_safe_updates", "1"), ("max_statement_time", "0.0001"),
           ("group_concat_max_len", "4"), ("completion_type", "'CHAIN'"), ("completion_type", "'RELEASE'"), ("init_connect", "'SET autocommit = 0'"),
           ("autocommit", "0"), ("tx_read_only", "1"), ("tx_isolation", "'READ-UNCOMMITTED'"), ("tx_isolation", "'SERIALIZABLE'"),
           ("sql_mode", "'ORACLE'"), ("time_zone", "'+13:00'"), ("lock_wait_timeout", "0"), ("innodb_lock_wait_timeout", "0"),
           ("wait_timeout", "1"), ("max_error_count", "0"), ("sql_auto_is_null", "1"), ("character_set_client", "latin1"),
           ("character_set_results", "utf16"), ("idle_write_transaction_timeout", "1"),
           ("read_only", "1"), ("max_prepared_stmt_count", "0"), ("max_allowed_packet", "16384"))


def draw_outsiders(chance, gate_forgets):
    """The faults, each with a chance of its own. Beyond the contract (tests/README.md) is a gate that goes back twice, and one that forgets while
    the topic loses the records that would tell whose slots they are."""
    loss = chance.choice((_gate, _gate) if gate_forgets else (_gate, _gate, _topic))
    for draw, likelihood in ((loss, 0.7), (_group, 0.35), (_global, 0.5)):
        if chance.random() < likelihood:
            yield draw(round(chance.uniform(FIRST_S, LAST_S), 1), chance)


def _seconds(chance, low, high):
    return round(chance.uniform(low, high), 1)


def _gate(at, chance):
    """Redis runs on: claims are removed with the counters set right, both keys are restored from a copy, or both are gone."""
    kind = chance.choice(("remove claims from", "remove claims from", "restore a copy in", "restore a copy in", "delete the keys in"))
    if kind == "remove claims from":
        words = chance.choice((1, 3, 30)), chance.randint(0, 100), chance.choice(("freed", "kept"))
        return Fault(at, kind, "redis", words=words)
    return Fault(at, kind, "redis", _seconds(chance, 0.2, 1.5) if kind == "restore a copy in" else 0)


def _group(at, chance):
    """Another program joins the workers' group, takes partitions and commits what it reads."""
    return Fault(at, "join", "group", _seconds(chance, 1, 4))


def _topic(at, chance):
    """The topic is deleted, and made again by an operator later."""
    return Fault(at, "delete", "topic", _seconds(chance, 0.1, 2))


def _global(at, chance):
    return Fault(at, "change a global of", "mariadb", _seconds(chance, 1, 4), chance.choice(GLOBALS))
