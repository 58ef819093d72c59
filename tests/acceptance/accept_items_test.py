"""The items of scripts/accept: they are found, listed and run by name.

usage: accept_items_test.py CHECKOUT
"""

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
            "part.py": "PART = 1\n",
            "zz_sample.py": ITEM.format(title="a sample", answer=42),
            "aa_sample.py": ITEM.format(title="another sample", answer=43),
            "run.py": "raise SystemExit('a file without a title is not run')\n",
        }.items():
            (self.folder / name).write_text(text)

    def found(self):
        return items.find(self.folder)

    def test_items_come_by_name(self):
        self.assertEqual([item.name for item in self.found()], ["aa_sample", "zz_sample"])

    def test_a_file_without_a_title_is_not_an_item_and_is_not_run(self):
        self.assertEqual([item.title for item in self.found()], ["another sample", "a sample"])

    def test_no_word_stands_for_all_items(self):
        self.assertEqual(items.choose([], self.found()), self.found())

    def test_items_run_in_the_order_given(self):
        self.assertEqual([item.name for item in items.choose(["zz_sample", "aa_sample"], self.found())], ["zz_sample", "aa_sample"])

    def test_an_unknown_name_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(items.UnknownItem, "'zz_smaple'; did you mean zz_sample?"):
            items.choose(["zz_smaple"], self.found())

    def test_a_name_like_no_other_is_refused_with_all_items(self):
        with self.assertRaisesRegex(items.UnknownItem, r"'37' \(there are aa_sample zz_sample\)"):
            items.choose(["37"], self.found())

    def test_the_help_names_each_item_with_its_title(self):
        self.assertEqual(items.lines(self.found()), ["   aa_sample  another sample", "   zz_sample  a sample"])

    def test_an_item_runs_in_a_folder_of_its_name(self):
        sample = self.found()[-1]
        document = run.run_item(sample, CHECKOUT, self.folder / "own", CHECKOUT, long=False)
        self.assertEqual(document | {"seconds": 0}, {"id": "zz_sample", "title": "a sample", "passed": True, "seconds": 0,
                                                     "figures": {"answer": 42}, "failures": []})
        self.assertTrue((self.folder / "own/zz_sample").is_dir())

    def test_the_line_of_an_item_begins_with_its_name(self):
        self.assertTrue(Item("wrong_yes", "title", CHECKOUT, self.folder, CHECKOUT).line(1).startswith("PASS wrong_yes: title"))


class TheScript(unittest.TestCase):
    def test_the_help_lists_every_item(self):
        text = accept("--help")
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertIn("items:", text.stdout)
        for line in items.lines(items.find()):
            self.assertIn(line, text.stdout.splitlines())

    def test_a_mistyped_item_is_exit_2(self):
        refused = accept("wrong_item_name")
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        self.assertIn("accept: there is no item 'wrong_item_name'", refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
