"""What the audit may say of a round instead of "exact": the names of those whom the contract exempts, all of them and nobody else. Pure."""

_CODES = {"exact": 0, "violated": 1, "cannot_tell": 5}
_LOST_RECORD = "the topic lost a record"


def unexplained(document, code, exempt, lost_log=False):
    """What the audit says, or fails to say, that nothing explains: violations and doubts, sentences each. `code` is its exit code, `exempt` an
    Exempt, `lost_log` whether the topic was deleted and made again."""
    violations, doubts, words = [], [], set()
    for group in document["findings"]:
        for member in group["members"] if group["weight"] != "mention" else ():
            words.add("violated" if group["weight"] == "violated" else "cannot_tell")
            if not _may_say(group["weight"], member, exempt, lost_log):
                (violations if group["weight"] == "violated" else doubts).append(f"{member['check']}: {member['name']} ({member['users_total']})")
    verdict = next((word for word in ("violated", "cannot_tell") if word in words), "exact")
    if document["verdict"] != verdict or code != _CODES.get(document["verdict"]):
        (doubts if document["verdict"] in ("cannot_tell", "in_progress") else violations).append(
            f"its verdict is {document['verdict']}, exit {code}, and its findings say {verdict}")
    for check, users in (("I4", {user for user, _ in exempt.promises}), ("I5", exempt.refusals)):
        violations += _not_named(document, check, users)
    violations += _not_among(document, "I8", exempt.overtaken)
    return violations, doubts


def _may_say(weight, member, exempt, lost_log):
    if weight != "violated":
        # A history of a program that was killed may hold the answer that explains the row.
        if member["check"] == "I5":
            return exempt.refusals
        return lost_log and member["check"] == "I6" and member["name"].startswith(_LOST_RECORD)
    return {"I4": exempt.promises, "I5": exempt.refusals, "I7": exempt.totals, "I8": exempt.overtaken}.get(member["check"], False)


def _findings(document, check, statuses=("violated",)):
    return [finding for one in document["checks"] if one["id"] == check and one["status"] in statuses for finding in one["findings"]]


def _not_named(document, check, users):
    """The audit counts all and shows some of them."""
    findings = _findings(document, check, ("violated", "cannot_tell") if users else ("violated",))
    shown, total = {int(user) for finding in findings for user in finding["users"]}, sum(finding["users_total"] for finding in findings)
    if total != len(users) or shown - users:
        yield f"{check} names {total} users, among them {sorted(shown)[:5]}, and {len(users)} are exempt: {sorted(users)[:5]}"


def _not_among(document, check, users):
    others = {int(user) for finding in _findings(document, check) for user in finding["users"]} - users
    if others:
        yield f"{check} names users who are not exempt: {sorted(others)[:5]}"
