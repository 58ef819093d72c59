"""The hints about the database: each state is made, the hint is read from the program and followed, and the program is run again."""

import hints_mysql_server as server
import hints_mysql_settings as settings
import hints_mysql_tables as tables
from hint_table import all_told

TITLE = "every hint about the database helps"
SECONDS = 300


def run(item):
    with item.sandbox("--mysql-binlog") as sandbox:
        item.each(all_told(server.reached, server.let_in, server.written, tables.tables, tables.rules_of_others, tables.triggers, tables.values,
                           settings.variables, settings.proxies, settings.others), sandbox)
