#include "topic/live_kafka.hpp"
#include "topic/mock_cluster.hpp"
#include "topic/own_broker.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace coupon;

namespace {

using KafkaAcl = std::unique_ptr<rd_kafka_AclBinding_t, EndedBy<rd_kafka_AclBinding_destroy>>;

/// A broker with the accounts of README.md, and its administrator, who grants and revokes rights.
class GuardedBroker {
public:
    GuardedBroker() : broker_("--accounts least"), administrator_(RD_KAFKA_PRODUCER, broker_.brokers()) {}

    /// The options with which an account logs in; topic and group are new with each call.
    [[nodiscard]] KafkaOptions options_of(Account account) const {
        auto options = fresh_options(broker_.login_brokers());
        const std::string name = name_of(account);
        options.properties = {{"security.protocol", "SASL_PLAINTEXT"},
                              {"sasl.mechanisms", "PLAIN"},
                              {"sasl.username", name},
                              {"sasl.password", broker_.password_of(name)}};
        return options;
    }

    void create_topic(const std::string& topic) const {
        auto options = fresh_options(broker_.brokers());
        options.topic = topic;
        REQUIRE(opened(open_kafka_topic_admin(options))->create(2, soon()));
    }

    void allow(Account account, const TopicRight& right, const std::string& name = "*") {
        const auto acl = acl_of(account, right, name);
        auto* one = acl.get();
        finish(RD_KAFKA_EVENT_CREATEACLS_RESULT, [&](auto* queue) { rd_kafka_CreateAcls(administrator_.get(), &one, 1, nullptr, queue); });
    }

    void forbid(Account account, const TopicRight& right, const std::string& name = "*") {
        const auto acl = acl_of(account, right, name);
        auto* one = acl.get();
        finish(RD_KAFKA_EVENT_DELETEACLS_RESULT, [&](auto* queue) { rd_kafka_DeleteAcls(administrator_.get(), &one, 1, nullptr, queue); });
    }

    template <class Port>
    static std::unique_ptr<Port> opened(Result<std::unique_ptr<Port>> port) {
        REQUIRE(port);
        return std::move(*port);
    }

private:
    static KafkaAcl acl_of(Account account, const TopicRight& right, const std::string& name) {
        static const std::map<std::string_view, rd_kafka_AclOperation_t> operations{{"Read", RD_KAFKA_ACL_OPERATION_READ},
                                                                                    {"Write", RD_KAFKA_ACL_OPERATION_WRITE},
                                                                                    {"Create", RD_KAFKA_ACL_OPERATION_CREATE},
                                                                                    {"Delete", RD_KAFKA_ACL_OPERATION_DELETE},
                                                                                    {"Describe", RD_KAFKA_ACL_OPERATION_DESCRIBE}};
        const auto kind = right.resource == TopicRight::Resource::topic ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_GROUP;
        const auto principal = std::string("User:") + name_of(account);
        std::array<char, 256> text{};
        KafkaAcl acl(rd_kafka_AclBinding_new(kind, name.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal.c_str(), "*",
                                             operations.at(right.operation), RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text.data(), text.size()));
        REQUIRE_MESSAGE(acl != nullptr, text.data());
        return acl;
    }

    template <class Send>
    void finish(rd_kafka_event_type_t type, const Send& send) {
        const KafkaQueue queue(rd_kafka_queue_new(administrator_.get()));
        send(queue.get());
        const KafkaEvent event(rd_kafka_queue_poll(queue.get(), 10'000));
        REQUIRE(event != nullptr);
        REQUIRE(rd_kafka_event_type(event.get()) == type);
        REQUIRE(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
        // The broker applies the change a moment later, and no request tells when.
        std::this_thread::sleep_for(Milliseconds(200));
    }

    OwnBroker broker_;
    ForeignClient administrator_;
};

std::string sentence_of(const TopicRight& right, const KafkaOptions& options) {
    const bool is_topic = right.resource == TopicRight::Resource::topic;
    return std::string(right.operation) + (is_topic ? " on topic " + options.topic : " on group " + options.group);
}

} // namespace

TEST_SUITE_BEGIN("topic/kafka_rights");

TEST_CASE("a coordinator that moves or loads is asked again for the rights on the group") {
    struct Row {
        Account account;
        std::int16_t request;
        rd_kafka_resp_err_t error;
    };
    for (const auto& row : {
             Row{Account::audit, offset_fetch_request, RD_KAFKA_RESP_ERR_NOT_COORDINATOR},
             Row{Account::audit, find_coordinator_request, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE},
             Row{Account::worker, offset_commit_request, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS},
             Row{Account::worker, offset_commit_request, RD_KAFKA_RESP_ERR_NOT_COORDINATOR},
         }) {
        CAPTURE(row.request);
        MockCluster cluster(1);
        cluster.refuse(row.request, 3, row.error);
        const auto log = open_kafka_topic_log(cluster.options(), row.account);
        CHECK_MESSAGE(log, log.fault().text());
    }
}

TEST_CASE("rights on a group without a coordinator are not asked for; a call that needs the coordinator names it at its deadline") {
    MockCluster cluster(1);
    cluster.refuse(offset_fetch_request, 1000, RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
    auto options = cluster.options();
    options.timeout = Milliseconds(1000);
    std::optional<Fault> fault;
    const auto took = milliseconds_of([&] {
        const auto log = open_kafka_topic_log(options, Account::audit);
        REQUIRE(log);
        if (const auto partitions = (*log)->partitions(std::chrono::steady_clock::now() + Milliseconds(1000)); !partitions)
            fault = partitions.fault();
    });
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::unreachable);
    CHECK_MESSAGE(fault->message.find("group " + options.group + " has no coordinator") != std::string::npos, fault->message);
    CHECK(fault->hint.find("__consumer_offsets") != std::string::npos);
    CHECK(took < 4000);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("live/topic/kafka_rights");

TEST_CASE("a user with the rights of its program is accepted, and each missing right is named") {
    GuardedBroker broker;

    for (const auto account : {Account::worker, Account::reset, Account::audit}) {
        CAPTURE(name_of(account));
        const auto options = broker.options_of(account);
        const auto refused = [&] {
            const auto log = open_kafka_topic_log(options, account);
            return log ? std::string() : std::string(name_of(log.fault().kind)) + ": " + log.fault().message;
        };
        const auto lacks = "denied: kafka at " + options.brokers + ": the user " + name_of(account) + " lacks ";
        const TopicRight create{"Create"};
        const bool creates = account == Account::reset;
        CHECK(refused().empty());
        if (creates) {
            broker.forbid(account, create);
            CHECK(refused() == lacks + "Create on topic " + options.topic);
        }
        broker.create_topic(options.topic);
        CHECK(refused().empty());
        if (creates) broker.allow(account, create);

        for (const auto& right : topic_rights(account)) {
            // Only a record shows whether a user may write to a topic.
            if (right.operation == "Create" || right.operation == "Write") continue;
            broker.forbid(account, right);
            CHECK(refused() == lacks + sentence_of(right, options));
            broker.allow(account, right);
        }
        CHECK(refused().empty());
    }

    // A user without Write on any topic lacks Write as well.
    {
        const auto options = broker.options_of(Account::worker);
        broker.create_topic(options.topic);
        broker.forbid(Account::worker, {"Write"});
        broker.forbid(Account::worker, {"Read", TopicRight::Resource::group});
        const auto log = open_kafka_topic_log(options, Account::worker);
        REQUIRE_FALSE(log);
        CHECK(log.fault().message.ends_with(" lacks Write on topic " + options.topic + ", Read on group " + options.group));
    }

    // All rights at once, with the commands that grant them.
    const auto options = broker.options_of(Account::apply);
    broker.create_topic(options.topic);
    const auto log = open_kafka_topic_log(options, Account::audit);
    REQUIRE_FALSE(log);
    CHECK(log.fault().message.ends_with(" lacks Read on topic " + options.topic + ", Describe on group " + options.group));
    const auto command = "kafka-acls.sh --bootstrap-server " + options.brokers + " --add --allow-principal User:apply --operation ";
    CHECK(log.fault().hint == command + "Read --topic " + options.topic + "; " + command + "Describe --group " + options.group);

    // A right that is revoked while the program runs is told as a missing right, not as a broker that is away.
    const auto lasting = open_kafka_topic_log(options);
    REQUIRE(lasting);
    std::optional<Fault> fault;
    const auto took = milliseconds_of([&] {
        if (auto lags = (*lasting)->partitions(soon()); !lags) fault = lags.fault();
    });
    REQUIRE(fault);
    CHECK(fault->kind == FaultKind::denied);
    CHECK_MESSAGE(fault->message.ends_with(" lacks Describe on group " + options.group), fault->message);
    CHECK(took < 3000);
}

TEST_CASE("a user without Write on any topic is refused by check(), one with Write on another topic by the first record") {
    GuardedBroker broker;
    const TopicRight write{"Write"};
    const auto options = broker.options_of(Account::apply);
    broker.create_topic(options.topic);
    const auto lacks = ": the user apply lacks Write on topic " + options.topic;
    CHECK(GuardedBroker::opened(open_kafka_publisher(options))->check(soon()));

    broker.forbid(Account::apply, write);
    {
        const auto checked = GuardedBroker::opened(open_kafka_publisher(options))->check(soon());
        REQUIRE_FALSE(checked);
        CHECK(checked.fault().kind == FaultKind::denied);
        CHECK_MESSAGE(checked.fault().message.ends_with(lacks), checked.fault().message);
    }
    // Write includes Describe. With Describe alone the broker refuses the producer id.
    broker.allow(Account::apply, {"Describe"});
    for (int i = 0; i < 20; ++i) {
        const auto checked = GuardedBroker::opened(open_kafka_publisher(options))->check(soon());
        REQUIRE_FALSE(checked);
        CHECK(checked.fault().kind == FaultKind::denied);
        CHECK_MESSAGE(checked.fault().message.ends_with(lacks), checked.fault().message);
    }
    broker.create_topic("another");
    broker.allow(Account::apply, write, "another");
    const auto publisher = GuardedBroker::opened(open_kafka_publisher(options));
    REQUIRE(publisher->check(soon()));
    publisher->submit(1, record_for(7));
    const auto reports = reports_of(*publisher);
    REQUIRE(reports.size() == 1);
    REQUIRE_FALSE(reports[0].report);
    CHECK(reports[0].report.fault().kind == FaultKind::denied);
    CHECK_MESSAGE(reports[0].report.fault().message.ends_with(lacks), reports[0].report.fault().message);
}

TEST_SUITE_END();
