#include "topic/kafka/kafka_subscriber.hpp"

#include "core/escape.hpp"
#include "topic/kafka/kafka_fault.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace coupon {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds news_slice{100};
constexpr Milliseconds last_leave_limit{1000};

/// "INCONSISTENT_GROUP_PROTOCOL (JoinGroup failed: ...)".
std::string error_text(rd_kafka_resp_err_t error, const char* text) {
    return std::string(rd_kafka_err2name(error)) + " (" + escape(text == nullptr ? rd_kafka_err2str(error) : text) + ")";
}

/// `why`: escaped.
Fault gave_up_fault(const std::string& why) {
    const bool is_id_taken = why.find("FENCED_INSTANCE_ID") != std::string::npos;
    return {FaultKind::corrupt, "the kafka consumer gave up for good: " + why,
            is_id_taken ? "give each worker its own -X group.instance.id, then start the program again" : "start the program again"};
}

} // namespace

Result<std::unique_ptr<KafkaSubscriber>> KafkaSubscriber::open(const KafkaOptions& options) {
    std::unique_ptr<KafkaSubscriber> subscriber(new KafkaSubscriber);
    if (auto done = subscriber->start(options); !done) return done.fault();
    return subscriber;
}

KafkaSubscriber::~KafkaSubscriber() {
    if (client_ != nullptr) leave(Clock::now() + last_leave_limit);
}

Status KafkaSubscriber::start(const KafkaOptions& options) {
    KafkaHooks hooks;
    hooks.rebalanced = [this](rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions) { on_rebalance(error, partitions); };
    auto client = KafkaClient::open(options, KafkaRole::member, std::move(hooks));
    if (!client) return client.fault();
    client_ = std::move(*client);
    return subscribe();
}

Status KafkaSubscriber::subscribe() {
    const auto& options = client_->options();
    const KafkaPartitionList topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
    // Only noted here; the client joins the group by itself as soon as it can.
    if (const auto error = rd_kafka_subscribe(client_->get(), topics.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return Fault{FaultKind::usage, "cannot subscribe to topic " + escape(options.topic) + " (" + rd_kafka_err2str(error) + ")", ""};
    return Done{};
}

void KafkaSubscriber::on_rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions) {
    // An assignment must be answered from within this callback, or the group waits. Partitions that are taken away are let go as soon as
    // nothing of them is being written, and nothing of them is committed any more: their records come again, to the worker that
    // owns them then, and are found issued already.
    let_go();
    is_answered_ = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (is_answered_) {
        last_error_.clear();
        ++answers_;
        for (int i = 0; i < partitions->cnt; ++i) {
            assigned_.insert(partitions->elems[i].partition);
            // Before they are assigned, or their first records come to the group's own queue.
            inboxes_.try_emplace(partitions->elems[i].partition, *client_, partitions->elems[i].partition);
            if (is_other_log_) partitions->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
        }
        if (const auto refused = rd_kafka_assign(client_->get(), partitions); refused != RD_KAFKA_RESP_ERR_NO_ERROR)
            gave_up_ = gave_up_fault(error_text(refused, "the partitions cannot be taken"));
        // A partition that was paused, lost and given back may still be paused.
        rd_kafka_resume_partitions(client_->get(), partitions);
        apply_pauses();
        if (is_other_log_ && !may_be_missing_ && !assigned_.empty()) commit_beginning();
    } else {
        rd_kafka_assign(client_->get(), nullptr);
    }
    has_assignment_changed_ = has_assignment_changed_ || is_answered_;
    // The caller shall hear of it at once and not when its wait is over.
    rd_kafka_yield(client_->get());
}

void KafkaSubscriber::apply_pauses() {
    std::vector<std::int32_t> to_pause;
    std::vector<std::int32_t> to_resume;
    for (auto& [partition, inbox] : inboxes_) {
        const bool pauses = is_paused_ || (inbox.has_large_records && held_.contains(partition));
        if (std::exchange(inbox.is_paused, pauses) != pauses) (pauses ? to_pause : to_resume).push_back(partition);
    }
    if (!to_pause.empty()) rd_kafka_pause_partitions(client_->get(), list_of(to_pause).get());
    if (!to_resume.empty()) rd_kafka_resume_partitions(client_->get(), list_of(to_resume).get());
}

void KafkaSubscriber::pause() {
    if (!std::exchange(is_paused_, true)) apply_pauses();
}

void KafkaSubscriber::resume() {
    if (std::exchange(is_paused_, false)) apply_pauses();
}

void KafkaSubscriber::hold(const std::set<std::int32_t>& partitions) {
    held_ = partitions;
    apply_pauses();
}

Result<Polled> KafkaSubscriber::poll(Milliseconds wait) {
    const auto deadline = Clock::now() + wait;
    // What is there first; then in slices, since a connection that comes back wakes no waiting call.
    int slice_ms = 0;
    while (true) {
        serve_group(slice_ms);
        if (const auto fault = end_of_it()) return *fault;
        if (may_be_missing_) confirm_missing(deadline);
        if (std::exchange(fell_back_, false)) start_over();
        if (auto news = take_news(); !std::holds_alternative<NothingCame>(news)) return news;
        if (gone_) return *gone_;
        if (auto next = next_record()) return *std::move(next);
        if (remaining_ms(deadline) == 0 || has_left_) return Polled{};
        slice_ms = std::min(remaining_ms(deadline), static_cast<int>(news_slice.count()));
    }
}

void KafkaSubscriber::serve_group(int wait_ms) {
    const KafkaMessage message(has_left_ ? nullptr : rd_kafka_consumer_poll(client_->get(), wait_ms));
    if (message == nullptr) return;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return on_error(*message);
    // No record comes here once its partition has a queue of its own. Dropping one would skip it.
    client_->watch().on_sign_of_life();
    if (!assigned_.contains(message->partition)) return;
    if (auto record = checked(*message)) early_.push_back(*std::move(record));
}

std::optional<Fault> KafkaSubscriber::end_of_it() const {
    const auto& watch = client_->watch();
    if (watch.denied()) return watch.denied();
    if (!watch.fatal()) return gave_up_;
    return gave_up_fault(escape(*watch.fatal()));
}

Polled KafkaSubscriber::take_news() {
    if (std::exchange(has_assignment_changed_, false)) return AssignmentChanged{assigned_};
    const auto& watch = client_->watch();
    const bool is_away = watch.is_broker_away();
    if (std::exchange(is_away_, is_away) == is_away) return NothingCame{};
    if (is_away) return BrokerAway{unreachable_fault(watch.trouble(), client_->options())};
    return BrokerBack{};
}

void KafkaSubscriber::on_error(const rd_kafka_message_t& message) {
    const auto& options = client_->options();
    const auto error = message.err;
    // An error without a topic is one of the group.
    if (message.rkt == nullptr) last_error_ = error_text(error, rd_kafka_message_errstr(&message));
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
        std::array<char, 512> text{};
        const auto cause = rd_kafka_fatal_error(client_->get(), text.data(), text.size());
        gave_up_ = gave_up_fault(error_text(cause, text.data()));
    } else if (is_missing(error)) {
        // A broker that starts again may say this of a topic it has not loaded yet.
        may_be_missing_ = true;
    } else if (error == RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT) {
        gave_up_ = Fault{FaultKind::usage, "kafka at " + escape(options.brokers) + " does not accept this session.timeout.ms",
                         "stay within the broker's group.min.session.timeout.ms and group.max.session.timeout.ms"};
    } else if (is_denial(error)) {
        const bool is_of_group = error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
        const TopicRight needed{"Read", is_of_group ? TopicRight::Resource::group : TopicRight::Resource::topic};
        gave_up_ = fault_of(error, "consume topic " + escape(options.topic) + " as group " + escape(options.group), needed, options);
    }
    // Everything else (transport, coordinator, a missed max.poll.interval, a reset to the earliest record) the client mends by itself, and
    // says what it changes by a rebalance.
}

KafkaPartitionList KafkaSubscriber::list_of(const std::vector<std::int32_t>& partitions) const {
    KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto partition : partitions)
        rd_kafka_topic_partition_list_add(list.get(), client_->options().topic.c_str(), partition);
    return list;
}

Membership KafkaSubscriber::membership() const {
    return {is_answered_, assigned_.size(), answers_, client_->watch().is_broker_away(), last_error_};
}

void KafkaSubscriber::break_consumer(rd_kafka_resp_err_t error) {
    rd_kafka_test_fatal_error(client_->get(), error, "a test breaks the consumer");
}

void KafkaSubscriber::leave(Deadline deadline) {
    if (std::exchange(has_left_, true)) return;
    // rd_kafka_consumer_close may hang when a partition was lost or deleted (up to 2.6.1). This one leaves in the background while its
    // events are served here. As events and not by callbacks: a record that is still queued has no callback, and librdkafka aborts.
    const KafkaQueue queue(rd_kafka_queue_new(client_->get()));
    const KafkaError error(rd_kafka_consumer_close_queue(client_->get(), queue.get()));
    while (error == nullptr && rd_kafka_consumer_closed(client_->get()) == 0 && remaining_ms(deadline) > 0) {
        const KafkaEvent event(rd_kafka_queue_poll(queue.get(), std::min(remaining_ms(deadline), 20)));
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE)
            on_rebalance(rd_kafka_event_error(event.get()), rd_kafka_event_topic_partition_list(event.get()));
    }
    assigned_.clear();
    inboxes_.clear();
}

Result<std::unique_ptr<Subscriber>> open_kafka_subscriber(const KafkaOptions& options) {
    auto subscriber = KafkaSubscriber::open(options);
    if (!subscriber) return subscriber.fault();
    return std::unique_ptr<Subscriber>(std::move(*subscriber));
}

} // namespace coupon
