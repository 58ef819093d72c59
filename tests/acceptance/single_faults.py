"""Single faults of servers and workers, each while a flood and a worker run. Every scenario has an event of its own."""

from database_faults import (connections_killed, database_full, database_killed, few_connections, idle_connections_cut, read_only,
                               tables_locked)
from full_disks import broker_full
from redis_error_replies import (busy, clients_killed, clients_paused, loading, misconf, no_replicas, out_of_memory, read_only_replica,
                             scripts_flushed, server_asleep)
from silent_servers import paused_at_the_start, paused_in_the_middle, silent_at_the_start
from worker_faults import purged_under_a_worker, topic_made_anew, zombie

TITLE = "single faults"
SECONDS = 1500

SCENARIOS = (loading, busy, misconf, out_of_memory, read_only_replica, no_replicas, clients_killed, clients_paused, scripts_flushed,
             server_asleep, connections_killed, database_killed, read_only, few_connections, tables_locked, idle_connections_cut, zombie,
             purged_under_a_worker, topic_made_anew, silent_at_the_start, paused_at_the_start, paused_in_the_middle, broker_full, database_full)


def run(item):
    with item.sandbox() as sandbox:
        item.each(SCENARIOS, sandbox)
