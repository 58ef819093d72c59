"""The scanner finds a hint in each way that the sources make one, and says of a way that it does not know that it does not."""

import unittest

from scan import Scan

STRUCTS = """
struct Fault {
    FaultKind kind = FaultKind::unknown;
    std::string message;
    std::string hint;    ///< what to do
    [[nodiscard]] std::string text() const { return message; }
};
struct Line {
    std::string name;
    Status status;
    std::string fix;
};
struct Position {
    std::int32_t partition = 0;
    std::int64_t next = 0;
};
"""
BODY = "Fault refusal(FaultKind kind, const std::string& name, bool is_open) {{ {} }}\n"


def scan(*sources):
    """Of the structs above and these sources, which are called one.cpp, two.cpp and so on."""
    names = ("one.cpp", "two.cpp", "three.cpp")
    return Scan({"structs.hpp": STRUCTS} | dict(zip(names, sources)))


class Found(unittest.TestCase):
    def expect(self, hints, *sources):
        """These hints, in whichever files, and no problem."""
        found = scan(*sources)
        self.assertEqual(found.problems, [])
        self.assertEqual(sorted({hint.text for hint in found.hints}), sorted(hints))

    def of_fault(self, expression, *hints):
        self.expect(hints, BODY.format(f'return {{kind, "it broke", {expression}}};'))


class MadeByBraces(Found):
    def test_in_a_return_by_the_type_of_the_function(self):
        self.of_fault('"restart it"', "restart it")

    def test_behind_the_name_of_the_struct(self):
        self.expect(["restart it"], BODY.format('keep(Fault{kind, "it broke", "restart it"}); return {};'))

    def test_of_a_variable_of_the_struct(self):
        self.expect(["restart it"], BODY.format('const Fault fault{kind, "it broke", "restart it"}; return fault;'))

    def test_by_the_kind_that_is_its_own(self):
        self.expect(["restart it"], BODY.format('return keep({FaultKind::lost, "it broke", "restart it"});'))

    def test_by_the_kind_of_another_fault(self):
        self.expect(["restart it"], BODY.format('return keep({other.kind, "it broke", "restart it"});'))

    def test_as_an_element_of_a_list(self):
        self.expect(["restart it"], "void list(std::vector<Line>& lines) {\n"
                                    '    lines.push_back({name, judged(x), "restart it"});\n}\n')

    def test_of_designated_initialisers(self):
        self.expect(["restart it"], BODY.format('return Fault{.kind = kind, .hint = "restart it"};'))

    def test_without_a_hint_there_is_none(self):
        self.expect([], BODY.format('return {kind, "it broke", ""};'), BODY.format('return {kind, "it broke", {}};'),
                    BODY.format('return {kind, "it broke"};'))

    def test_a_member_of_the_name_that_is_no_text_is_no_hint(self):
        self.expect([], "Position first() { return Position{1, one(2)}; }")


class MadeOtherwise(Found):
    def test_by_an_argument_of_a_function_with_a_parameter_of_the_name(self):
        self.expect(["restart it", "stop it"], "Line warned(std::string found, std::string fix) { return {found, Status::bad, std::move(fix)}; }\n"
                                               'Line one() { return warned("full", "restart it"); }\n',
                    'Line two() { return warned("empty", "stop it"); }\n')

    def test_by_a_lambda_with_a_parameter_of_the_name(self):
        self.expect(["restart it"], BODY.format('const auto refuse = [](std::string hint) { return Fault{FaultKind::lost, "it broke", hint}; };\n'
                                                'return refuse("restart it");'))

    def test_by_an_assignment_and_by_what_is_added(self):
        self.expect(["restart it", "or stop it"], BODY.format('Fault fault; fault.hint = "restart it"; fault.hint += "; or stop it"; return fault;'))

    def test_by_a_local_of_the_name(self):
        self.expect(["restart it"], 'std::string text() { const auto hint = "restart it"; return sentence() + hint; }')

    def test_by_the_third_argument_of_a_fault_of_the_scripts(self):
        found = Scan({"a.lua": "local again = 'do it again' -- again\nlocal function fault(kind, message, hint) return {kind, message, hint} end\n"
                               "if x then return fault('lost', 'it broke', \"restart \" .. 'it') end\n",
                      "b.lua": "return fault('lost', 'it is gone', again)\n"})
        self.assertEqual(([(hint.file, hint.text) for hint in found.hints], found.problems),
                         ([("a.lua", "restart it"), ("b.lua", "do it again")], []))

    def test_within_a_sentence_that_names_a_program(self):
        self.expect(["coupon-reset opens it"], 'void warn() { say("round {} is closed; coupon-reset opens it"); }')

    def test_a_program_in_a_sentence_without_advice_is_no_hint(self):
        self.expect([], 'void warn() { say("round {} was closed by coupon-reset --close; nothing is lost"); }')


class Followed(Found):
    def test_both_branches_of_a_choice(self):
        self.of_fault('is_open ? "close it" : name.empty() ? "name it" : "open it"', "close it", "name it", "open it")

    def test_a_sum_with_what_is_computed(self):
        self.of_fault('"open " + name + " with " + (is_open ? "care" : "force")', "open … with care", "open … with force")

    def test_words_of_a_format(self):
        self.of_fault('fmt::format("open {} at {:>3}", "it", place(name))', "open it at …")

    def test_adjacent_and_raw_literals(self):
        self.of_fault('"open "\n        "the \\"gate\\"" + R"( (now))"', 'open the "gate" (now)')

    def test_a_constant_of_another_file(self):
        self.expect(["restart it"], BODY.format('return {kind, "it broke", again};'), 'constexpr auto again = "restart it";')

    def test_every_value_of_a_local(self):
        self.expect(["restart it", "stop it"], BODY.format('std::string what = "restart it"; if (is_open) what = "stop it"; return {kind, "it broke", what};'))

    def test_what_is_added_to_a_local(self):
        self.expect(["open it", "… and close it"], BODY.format('std::string what = "open it"; if (is_open) what += " and close it"; return {kind, "it broke", what};'))
        self.expect(["open it", "close it"], BODY.format('std::string what; if (is_open) what += "open it"; what += "; close it"; return {kind, "it broke", what};'))

    def test_every_return_of_a_function_with_its_arguments(self):
        self.expect(["close … first", "open it"], 'std::string advice(bool is_open, const std::string& verb) {\n'
                    '    if (any_of(all, [](int x) { return x > 0; })) return "open it";\n    return verb + " " + name() + " first";\n}\n'
                    + BODY.format('return {kind, "it broke", advice(is_open, "close")};'))

    def test_comments_and_preprocessor_lines_are_not_read(self):
        self.expect([], '// Fault{kind, "x", "a comment"}\n/* Fault{kind, "x", "another"} */\n#define X Fault{kind, "x", "a macro"}\n')


class NotUnderstood(unittest.TestCase):
    def expect_problem(self, words, *sources):
        problems = scan(*sources).problems
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(words, problems[0])

    def test_a_function_that_is_not_known(self):
        self.expect_problem("one.cpp:1: nothing is known of the hint advice_of(kind)", BODY.format('return {kind, "it broke", advice_of(kind)};'))

    def test_one_branch_of_a_choice(self):
        self.expect_problem("nothing is known of the hint advice_of(kind)",
                            BODY.format('return {kind, "it broke", is_open ? "close it" : advice_of(kind)};'))

    def test_one_branch_of_a_choice_in_a_function(self):
        self.expect_problem("nothing is known of the hint advice(is_open)", 'std::string advice(bool is_open) { return is_open ? "close it" : elsewhere(); }\n'
                            + BODY.format('return {kind, "it broke", advice(is_open)};'))

    def test_one_value_of_a_local(self):
        self.expect_problem("nothing is known of the hint what",
                            BODY.format('std::string what = "close it"; if (is_open) what = elsewhere(); return {kind, "it broke", what};'))

    def test_a_parameter_of_another_name(self):
        self.expect_problem("nothing is known of the hint name", BODY.format('return {kind, "it broke", name};'))

    def test_a_struct_made_with_parentheses(self):
        self.expect_problem("Fault(...) may take a hint", BODY.format('return Fault(kind, "it broke", "restart it");'))

    def test_a_function_that_builds_one_of_its_parts(self):
        self.expect_problem("emplace_back(...) may take a hint", BODY.format('faults.emplace_back(FaultKind::lost, "it broke", "restart it"); return {};'))

    def test_a_script_that_computes_one(self):
        problems = Scan({"a.lua": "return fault('lost', 'it broke', advice_of(kind))"}).problems
        self.assertEqual(problems, ["a.lua:1: nothing is known of the hint the third argument of fault"])

    def test_a_hint_made_elsewhere_that_nothing_has_any_more(self):
        problems = Scan({"lib/core/result.cpp": "Fault lost();"}).problems
        self.assertEqual(problems, ["lib/core/result.cpp: nothing has the hint hint, which ELSEWHERE lists"])

    def test_a_literal_that_reads_like_a_hint_and_is_none(self):
        self.expect_problem("'run it again' reads like a hint", 'void warn() { say("run it again"); }')


if __name__ == "__main__":
    unittest.main()
