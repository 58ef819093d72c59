"""The comparison of table and sources says no: each check with the entry that it is there to find."""

import unittest
from types import SimpleNamespace

import compare
from scan import Hint
from scenarios_run import scenarios_run

HINTS = [Hint("lib/a.cpp", "restart it"), Hint("lib/a.cpp", "give … its name back"), Hint("lib/b.cpp", "restart it"), Hint("lib/b.cpp", "look")]
SCENARIOS = {"tests/acceptance/hints.py: restarted"}
TESTS = {"tests/a_test.cpp": 'TEST_CASE("a name is given back") { CHECK(text == "x; give \\"x\\" its name " "back"); }'}


def entry(*texts, file="lib/a.cpp", state="it is down", command="restart it", better="it is up", trial="tests/acceptance/hints.py: restarted"):
    return SimpleNamespace(file=file, texts=texts, state=state, command=command, better=better, trial=trial)


def tried_by_test(*texts, name="a name is given back", file="tests/a_test.cpp"):
    return entry(*texts, trial=f"{file}: {name}")


class TheTable(unittest.TestCase):
    def expect(self, words, *table):
        """One problem with these words in it; none for no words."""
        found = compare.problems(HINTS, table, SCENARIOS, TESTS)
        self.assertEqual(len(found), 1 if words else 0, found)
        self.assertIn(words, "".join(found))

    def test_an_entry_of_a_hint_that_is_tried_is_right(self):
        self.expect("", entry("restart it", "give … its name back"), tried_by_test("give … its name back"))

    def test_a_hint_without_an_entry_of_its_own_file_is_missing(self):
        table = [entry("restart it"), entry("give … back")]
        self.assertEqual(compare.missing(HINTS, table), [Hint("lib/b.cpp", "restart it"), Hint("lib/b.cpp", "look")])

    def test_an_entry_without_a_hint_is_found(self):
        self.expect("lib/b.cpp has no hint 'give … its name back'", entry("restart it", "give … its name back", file="lib/b.cpp"))

    def test_a_hint_whose_words_were_changed_is_found(self):
        self.expect("lib/a.cpp has no hint 'restart it now'", entry("restart it now"))

    def test_an_entry_that_stands_for_too_much_is_found(self):
        self.expect("'…e…' has fewer than 12 characters", entry("…e…"))

    def test_a_short_hint_may_stand_for_itself(self):
        self.expect("", entry("look", file="lib/b.cpp"))

    def test_an_entry_without_a_text_is_found(self):
        self.expect("has no hint", entry())

    def test_an_entry_that_leaves_something_out_is_found(self):
        for name in ("state", "command", "better"):
            self.expect(f"{name} is empty", entry("restart it", **{name: " "}))

    def test_a_scenario_that_no_item_runs_is_found(self):
        self.expect("no item runs this scenario", entry("restart it", trial="tests/acceptance/hints.py: forgotten"))

    def test_a_test_that_does_not_exist_is_found(self):
        self.expect("tests/a_test.cpp has no test 'another'", tried_by_test("give … its name back", name="another"))
        self.expect("there is no file tests/b_test.cpp", tried_by_test("give … its name back", file="tests/b_test.cpp"))

    def test_a_test_that_does_not_show_the_hint_is_found(self):
        self.expect("tests/a_test.cpp does not show 'restart it'", tried_by_test("restart it"))


ITEM = """
import others as more
from helpers import helped, unused
TITLE = "an item"
STATES = {"down": down}
def down(): pass
def forgotten(): down()
def run(item):
    for state in STATES.values(): state()
    item.each((more.first, helped), sandbox)
"""


class ScenariosRun(unittest.TestCase):
    def test_what_run_names_by_itself_by_a_list_and_in_another_module_is_run(self):
        found = scenarios_run({"item": ITEM, "others": "def first(): second()\ndef second(): pass\ndef third(): pass\n",
                               "helpers": "def helped(): pass\ndef unused(): pass\n"})
        names = {"item: run", "item: STATES", "item: down", "others: first", "others: second", "helpers: helped"}
        self.assertEqual(found, {"tests/acceptance/" + name.replace(":", ".py:") for name in names})

    def test_a_module_without_a_title_is_run_by_nothing(self):
        self.assertEqual(scenarios_run({"item": ITEM.replace("TITLE", "NAME")}), set())


if __name__ == "__main__":
    unittest.main()
