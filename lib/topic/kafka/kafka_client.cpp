#include "topic/kafka/kafka_client.hpp"

#include "core/consumer_group.hpp"
#include "core/escape.hpp"
#include "topic/kafka/kafka_fault.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <limits>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds destroy_limit{500};
constexpr int first_slice_ms = 100;
constexpr Milliseconds pause_between_tries{20};
constexpr Milliseconds longest_patience_with_topic{2000};

/// rd_kafka_destroy may hang (an assigned partition that was lost or deleted, up to 2.6.1), so it gets a thread of its own, which is
/// left behind then: everything that matters was acknowledged before. The watch stays alive with it.
void destroy(rd_kafka_t* client, std::shared_ptr<KafkaWatch> watch) {
    std::promise<void> promise;
    const auto ended = promise.get_future();
    std::thread thread;
    try {
        thread = std::thread([client, watch, promise = std::move(promise)]() mutable {
            // Leaving the group is Subscriber::leave(); done here it would have no time limit.
            rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
            promise.set_value();
        });
    } catch (const std::system_error&) {
        // The process may have no more threads. The client is left behind, with what it uses until the very end.
        static auto& left_behind = *new std::vector<std::shared_ptr<KafkaWatch>>;
        left_behind.push_back(std::move(watch));
        return;
    }
    if (ended.wait_for(destroy_limit) == std::future_status::ready) {
        thread.join();
    } else {
        thread.detach();
    }
}

/// Where rd_kafka_new fails it has freed the interceptors of the configuration, which ending the configuration would free again
/// (librdkafka #4142, up to 2.12). So it is kept for good; a program does not go on for long without its client.
void abandon(KafkaConf conf) {
    // Never ended itself, so that what it keeps is in use until the very end, not leaked.
    static auto& abandoned = *new std::vector<rd_kafka_conf_t*>;
    abandoned.push_back(conf.release());
}

TopicShape shape_of(const rd_kafka_metadata_topic_t& topic) {
    TopicShape shape;
    for (int i = 0; i < topic.partition_cnt; ++i) {
        const auto& partition = topic.partitions[i];
        shape.partitions.push_back(partition.id);
        shape.details.push_back({partition.id, partition.leader < 0 ? std::nullopt : std::optional(partition.leader),
                                 static_cast<std::size_t>(partition.replica_cnt), static_cast<std::size_t>(partition.isr_cnt)});
        if (partition.leader < 0) shape.leaderless.push_back(partition.id);
    }
    std::sort(shape.partitions.begin(), shape.partitions.end());
    std::sort(shape.details.begin(), shape.details.end(), [](const auto& one, const auto& other) { return one.id < other.id; });
    return shape;
}

} // namespace

int remaining_ms(Deadline deadline) {
    const auto remaining = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(remaining, 0, std::numeric_limits<int>::max()));
}

Result<std::unique_ptr<KafkaClient>> KafkaClient::open(const KafkaOptions& options, KafkaRole role, KafkaHooks hooks) {
    auto conf = make_conf(options, role);
    if (!conf) return conf.fault();
    auto watch = std::make_shared<KafkaWatch>(options, std::move(hooks));
    watch->attach(conf->get());
    std::array<char, 512> text{};
    // A producer's Metadata request may create the topic; a consumer's never does.
    const auto type = role == KafkaRole::publisher ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
    rd_kafka_t* client = rd_kafka_new(type, conf->get(), text.data(), text.size());
    if (client == nullptr) {
        abandon(std::move(*conf));
        // A thread that it cannot have is no fault of the properties.
        if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE) {
            return Fault{FaultKind::unreachable, "cannot make a kafka client (" + escape(text.data()) + ")", ""};
        }
        return Fault{FaultKind::usage, "cannot make a kafka client (" + escape(text.data()) + ")", "correct the -X property that it names"};
    }
    // On success rd_kafka_new keeps the configuration; ending it here would free it twice.
    static_cast<void>(conf->release());
    return std::unique_ptr<KafkaClient>(new KafkaClient(options, role, std::move(watch), client));
}

KafkaClient::KafkaClient(const KafkaOptions& options, KafkaRole role, std::shared_ptr<KafkaWatch> watch, rd_kafka_t* client)
    : options_(options), role_(role), watch_(std::move(watch)), client_(client) {
    if (!options.topic.empty()) topic_.reset(rd_kafka_topic_new(client, options.topic.c_str(), nullptr));
    // Error events of a group member come with its messages, so that one poll serves both.
    if (role == KafkaRole::member) rd_kafka_poll_set_consumer(client);
}

void KafkaClient::bind(const KafkaOptions& options) {
    options_ = options;
    watch_->bind(options);
    topic_.reset(rd_kafka_topic_new(client_, options.topic.c_str(), nullptr));
}

KafkaClient::~KafkaClient() {
    // All objects of the client must be gone before it.
    topic_.reset();
    destroy(client_, std::move(watch_));
}

void KafkaClient::serve(Milliseconds wait) {
    // A member's events wait for its next poll; rd_kafka_poll is not allowed on it.
    if (role_ == KafkaRole::member) {
        std::this_thread::sleep_for(wait);
    } else {
        rd_kafka_poll(client_, static_cast<int>(wait.count()));
    }
}

Status KafkaClient::insist(Deadline deadline, const std::string& what, const std::function<rd_kafka_resp_err_t(int)>& ask) {
    int slice_ms = first_slice_ms;
    while (true) {
        if (watch_->denied()) return *watch_->denied();
        if (watch_->fatal()) return Fault{FaultKind::corrupt, "the kafka client gave up (" + escape(*watch_->fatal()) + ")", ""};
        // Short slices, because a refused login shows in no answer but only in an event, which is told between them.
        const auto error = ask(std::min(slice_ms, std::max(remaining_ms(deadline), 1)));
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            watch_->on_sign_of_life();
            return Done{};
        }
        if (!is_passing(error)) return fault_of(error, what, options_);
        serve(Milliseconds(0));
        if (remaining_ms(deadline) == 0 && !watch_->denied()) {
            const bool was_silent = error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT;
            return unreachable(was_silent ? watch_->trouble() : rd_kafka_err2str(error));
        }
        // A time-out means that the request was sent, so the broker is slower than the slice. Without a connection slices stay short.
        if (error == RD_KAFKA_RESP_ERR__TIMED_OUT) {
            slice_ms *= 2;
        } else if (!watch_->denied()) {
            serve(std::min(pause_between_tries, Milliseconds(remaining_ms(deadline))));
        }
    }
}

Fault KafkaClient::unreachable(const std::string& why) const {
    const auto unreached = watch_->unreached();
    if (unreached.empty() || !watch_->is_any_broker_up()) return unreachable_fault(why, options_);
    const auto& [id, address] = *unreached.begin();
    return unreached_broker_fault(id, address, watch_->trouble(), options_);
}

bool KafkaClient::is_without_coordinator(const Fault& fault) const {
    return fault.kind == FaultKind::unreachable && watch_->is_any_broker_up() && watch_->unreached().empty();
}

Fault KafkaClient::of_coordinator(const Fault& fault) const {
    if (!is_without_coordinator(fault)) return fault;
    return {FaultKind::unreachable, "kafka at " + escape(options_.brokers) + " answers, but " + no_coordinator_text(options_.group),
            coordinator_remedy(options_.brokers)};
}

Status KafkaClient::reach_leaders(const TopicShape& shape, Deadline deadline) {
    std::map<std::int32_t, std::int32_t> partition_of;
    for (const auto& partition : shape.details) {
        if (partition.leader) partition_of.emplace(*partition.leader, partition.id);
    }
    // The end of a log is asked of its leader itself; the idempotent producer's own first request goes to any broker.
    return insist(deadline, "ask the leaders of topic " + escape(options_.topic), [&](int timeout_ms) {
        const KafkaPartitionList ends(rd_kafka_topic_partition_list_new(static_cast<int>(partition_of.size())));
        for (const auto& [leader, partition] : partition_of)
            rd_kafka_topic_partition_list_add(ends.get(), options_.topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_END;
        auto error = rd_kafka_offsets_for_times(client_, ends.get(), timeout_ms);
        for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && i < ends->cnt; ++i)
            error = ends->elems[i].err;
        // A leader that does not know the partition yet has answered.
        return is_missing(error) ? RD_KAFKA_RESP_ERR_NO_ERROR : error;
    });
}

Result<TopicShape> KafkaClient::ask_topic(Deadline deadline, NewTopic about) {
    TopicShape shape;
    const auto patience = about == NewTopic::waited_for ? waits_for_topic_until(deadline) : Deadline{};
    bool says_missing = false; // in the last answer
    auto done = insist(deadline, "ask for the topic " + escape(options_.topic), [&](int timeout_ms) {
        const rd_kafka_metadata_t* answer = nullptr;
        const auto error = rd_kafka_metadata(client_, 0, topic_.get(), &answer, timeout_ms);
        // The last try may be too short for an answer. It takes nothing back of what the one before said.
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
        says_missing = false;
        const KafkaMetadata metadata(answer);
        // A broker that is starting answers before it knows any broker or topic.
        if (metadata->broker_cnt == 0 || metadata->topic_cnt != 1) return RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE;
        shape = shape_of(metadata->topics[0]);
        const auto topic_error = metadata->topics[0].err;
        says_missing = is_missing(topic_error);
        return says_missing && remaining_ms(patience) > 0 ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : topic_error;
    });
    is_known_missing_ = says_missing;
    if (!done && says_missing && done.fault().kind == FaultKind::unreachable) done = missing_topic_fault(options_);
    // Another cluster has no such topic, too: where the answer is from matters first.
    if (done || done.fault().kind == FaultKind::missing) {
        if (auto same = check_cluster(deadline); !same) return same.fault();
    }
    if (!done) return done.fault();
    return shape;
}

Deadline KafkaClient::waits_for_topic_until(Deadline deadline) const {
    // Each answer may come from another broker.
    if (options_.was_made->load()) return deadline;
    if (!options_.has_open_round || is_known_missing_) return Deadline{};
    const auto now = std::chrono::steady_clock::now();
    return now + std::min<Deadline::duration>((deadline - now) / 2, longest_patience_with_topic);
}

rd_kafka_resp_err_t KafkaClient::of_known_topic(rd_kafka_resp_err_t error, Deadline deadline) {
    return is_missing(error) && remaining_ms(deadline) > 0 ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE : error;
}

Result<std::string> KafkaClient::cluster_id(Deadline deadline) {
    std::string id;
    auto done = insist(deadline, "ask for the id of the cluster", [&](int timeout_ms) {
        // The client remembers the id of the first Metadata answer that had one.
        char* const text = rd_kafka_clusterid(client_, timeout_ms);
        if (text == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
        id = text;
        rd_kafka_mem_free(client_, text);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    });
    if (!done) return done.fault();
    return id;
}

Status KafkaClient::check_cluster(Deadline deadline) {
    if (options_.cluster_id.empty() || is_right_cluster_) return Done{};
    const auto id = cluster_id(deadline);
    if (!id) return id.fault();
    if (*id != options_.cluster_id) {
        return Fault{FaultKind::usage,
                     "kafka at " + escape(options_.brokers) + " is cluster " + escape(*id) + "; the event's topic " +
                         escape(options_.topic) + " is in cluster " + escape(options_.cluster_id),
                     "name the brokers of cluster " + escape(options_.cluster_id) + " in --brokers"};
    }
    is_right_cluster_ = true;
    return Done{};
}

Result<std::vector<std::int32_t>> KafkaClient::ask_brokers(Deadline deadline) {
    std::vector<std::int32_t> ids;
    auto done = insist(deadline, "ask for the brokers", [&](int timeout_ms) {
        const rd_kafka_metadata_t* answer = nullptr;
        const auto error = rd_kafka_metadata(client_, 0, nullptr, &answer, timeout_ms);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
        const KafkaMetadata metadata(answer);
        ids.clear();
        for (int i = 0; i < metadata->broker_cnt; ++i)
            ids.push_back(metadata->brokers[i].id);
        std::sort(ids.begin(), ids.end());
        return ids.empty() ? RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE : RD_KAFKA_RESP_ERR_NO_ERROR;
    });
    if (!done) return done.fault();
    return ids;
}

Result<TopicShape> KafkaClient::ask_led_topic(Deadline deadline) {
    while (true) {
        auto shape = ask_topic(deadline);
        if (!shape || shape->leaderless.empty()) return shape;
        if (remaining_ms(deadline) == 0) {
            return unreachable_fault(
                "partition " + std::to_string(shape->leaderless.front()) + " of topic " + options_.topic + " has no leader", options_);
        }
        serve(std::min(pause_between_tries, Milliseconds(remaining_ms(deadline))));
    }
}

} // namespace coupon
