"""The items of scripts/accept: numbered and named ones are found, listed and run by their word.

usage: accept_items_test.py CHECKOUT
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECKOUT = Path(sys.argv[1]).resolve()
sys.path[:0] = [str(CHECKOUT / "tests" / part) for part in ("support", "acceptance")]

import items  # noqa: E402  (found by the line above)
import run  # noqa: E402
from item import Item  # noqa: E402

ITEM = 'TITLE = "{title}"\nSECONDS = 5\n\n\ndef run(item):\n    item.figure("answer", {answer})\n'


def accept(*words):
    return subprocess.run([CHECKOUT / "scripts/accept", *words], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


class TheItems(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, text in {
            "item_02_first.py": ITEM.format(title="the first", answer=2),
            "item_10_second.py": ITEM.format(title="the second", answer=10),
            "item_10_part.py": "PART = 1\n",
            "zz_sample.py": ITEM.format(title="a sample", answer=42),
            "aa_sample.py": ITEM.format(title="another sample", answer=43),
            "run.py": "raise SystemExit('a file without a title is not run')\n",
        }.items():
            (self.folder / name).write_text(text)

    def found(self):
        return items.find(self.folder)

    def test_numbered_items_come_before_named_ones_in_their_order(self):
        self.assertEqual([item.word for item in self.found()], ["2", "10", "aa_sample", "zz_sample"])

    def test_a_file_without_a_title_is_not_an_item_and_is_not_run(self):
        self.assertEqual([item.title for item in self.found()], ["the first", "the second", "another sample", "a sample"])

    def test_no_word_stands_for_all_items(self):
        self.assertEqual(items.choose([], self.found()), self.found())

    def test_items_run_in_the_order_given(self):
        self.assertEqual([item.word for item in items.choose(["zz_sample", "2"], self.found())], ["zz_sample", "2"])

    def test_an_unknown_name_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(items.UnknownItem, "'zz_smaple'; did you mean zz_sample?"):
            items.choose(["zz_smaple"], self.found())

    def test_an_unknown_number_is_refused_with_all_items(self):
        with self.assertRaisesRegex(items.UnknownItem, r"'37' \(there are 2 10 aa_sample zz_sample\)"):
            items.choose(["37"], self.found())

    def test_the_help_names_each_named_item_with_its_title(self):
        self.assertEqual(items.named_lines(self.found()), ["   aa_sample  another sample", "   zz_sample  a sample"])

    def test_a_named_item_runs_in_a_folder_of_its_name(self):
        sample = self.found()[-1]
        document = run.run_item(sample, CHECKOUT, self.folder / "own", CHECKOUT, long=False)
        self.assertEqual(document | {"seconds": 0}, {"id": "zz_sample", "title": "a sample", "passed": True, "seconds": 0,
                                                     "figures": {"answer": 42}, "failures": []})
        self.assertTrue((self.folder / "own/zz_sample").is_dir())

    def test_a_numbered_item_keeps_its_number_and_folder(self):
        document = run.run_item(self.found()[0], CHECKOUT, self.folder / "own", CHECKOUT, long=False)
        self.assertEqual(json.loads(json.dumps(document))["id"], 2)
        self.assertTrue((self.folder / "own/02").is_dir())

    def test_the_line_of_an_item_begins_with_its_number_or_name(self):
        for name, start in ((4, "PASS  4 title"), ("wrong_yes", "PASS wrong_yes title")):
            self.assertTrue(Item(name, "title", CHECKOUT, self.folder, CHECKOUT).line(1).startswith(start), name)


class TheScript(unittest.TestCase):
    def test_the_help_lists_every_named_item(self):
        text = accept("--help")
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn("named items:", text.stdout)
        for line in items.named_lines(items.find()):
            self.assertIn(line, text.stdout.splitlines())

    def test_a_mistyped_item_is_exit_2(self):
        refused = accept("wrong_item_name")
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("accept: there is no item 'wrong_item_name'", refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
