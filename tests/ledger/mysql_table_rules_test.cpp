#include "ledger/mysql/mysql_table_rules.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

TEST_SUITE_BEGIN("ledger/mysql_table_rules");

using namespace coupon;

namespace {

std::vector<std::string> texts_of(std::string_view created, TableRule::Kind kind) {
    std::vector<std::string> texts;
    for (const auto& rule : rules_of(created)) {
        if (rule.kind == kind) texts.push_back(rule.text);
    }
    return texts;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("the coupon table has the same rules in the spelling of either server") {
    const char* const mariadb = R"(CREATE TABLE `coupon` (
  `slot` int(11) NOT NULL,
  `slot_limit` int(11) NOT NULL COMMENT 'that of the round, for the CHECK (it''s copied)',
  PRIMARY KEY (`event`,`round`,`slot`),
  UNIQUE KEY `coupon_one_per_user` (`event`,`round`,`user_id`),
  KEY `coupon_of_round` (`event`,`round`,`slot_limit`),
  CONSTRAINT `coupon_of_round` FOREIGN KEY (`event`, `round`, `slot_limit`) REFERENCES `coupon_round` (`event`, `round`, `slot_limit`),
  CONSTRAINT `coupon_slot_within_limit` CHECK (`slot` between 1 and `slot_limit`)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_bin COMMENT='the coupons, one row each')";
    const char* const mysql = R"(CREATE TABLE `coupon` (
  `slot` int NOT NULL,
  `slot_limit` int NOT NULL COMMENT 'that of the round, for the check',
  PRIMARY KEY (`event`,`round`,`slot`),
  CONSTRAINT `coupon_of_round` FOREIGN KEY (`event`, `round`, `slot_limit`) REFERENCES `coupon_round` (`event`, `round`, `slot_limit`) ON DELETE RESTRICT ON UPDATE NO ACTION,
  CONSTRAINT `coupon_slot_within_limit` CHECK ((`slot` between 1 and `slot_limit`))
) ENGINE=InnoDB)";
    for (const auto* created : {mariadb, mysql}) {
        CAPTURE(created);
        CHECK(texts_of(created, TableRule::Kind::foreign_key) == Texts{"event,round,slot_limit to coupon_round(event,round,slot_limit)"});
        CHECK(texts_of(created, TableRule::Kind::check) == Texts{"slotbetween1andslot_limit"});
    }
}

TEST_CASE("a rule that is weaker than wanted has another text, or none") {
    struct Line {
        const char* created;
        TableRule::Kind kind;
        Texts texts;
    };
    for (const auto& line : {
             Line{"CONSTRAINT `k` FOREIGN KEY (`a`) REFERENCES `t` (`b`) ON DELETE CASCADE",
                  TableRule::Kind::foreign_key,
                  {"a to t(b) with an action"}},
             Line{"CONSTRAINT `k` FOREIGN KEY (`a`) REFERENCES `t` (`b`) ON DELETE NO ACTION ON UPDATE SET NULL",
                  TableRule::Kind::foreign_key,
                  {"a to t(b) with an action"}},
             Line{"CONSTRAINT `k` FOREIGN KEY (`a`) REFERENCES `other`.`t` (`b`)", TableRule::Kind::foreign_key, {"a to other.t(b)"}},
             Line{"CONSTRAINT `c` CHECK ((`slot` between 1 and 5)) /*!80016 NOT ENFORCED */", TableRule::Kind::check, {}},
             Line{"CONSTRAINT `c` CHECK (`slot` between 1 and `slot_limit` + 1)", TableRule::Kind::check, {"slotbetween1andslot_limit+1"}},
             Line{"`slot` int(11) NOT NULL CHECK (`slot` > 0),", TableRule::Kind::check, {"slot>0"}},
             Line{"`note` varchar(9) DEFAULT 'CONSTRAINT x CHECK (slot)' COMMENT 'FOREIGN KEY (a)'", TableRule::Kind::check, {}},
             Line{"", TableRule::Kind::check, {}},
             Line{"CONSTRAINT `c` CHECK (`slot` > (1", TableRule::Kind::check, {"slot>1"}},
         }) {
        CAPTURE(line.created);
        CHECK(texts_of(line.created, line.kind) == line.texts);
    }
}

TEST_SUITE_END();
