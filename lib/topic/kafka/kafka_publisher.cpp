#include "topic/kafka/kafka_publisher.hpp"

#include "core/escape.hpp"
#include "topic/kafka/kafka_fault.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <utility>

namespace coupon {

namespace {

static_assert(sizeof(void*) >= sizeof(std::uint64_t), "a message's number travels as its opaque pointer");

void* opaque_of(std::uint64_t number) {
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(number)); // NOLINT(performance-no-int-to-ptr)
}

} // namespace

Result<std::unique_ptr<KafkaPublisher>> KafkaPublisher::open(const KafkaOptions& options) {
    std::unique_ptr<KafkaPublisher> publisher(new KafkaPublisher(options));
    if (auto done = publisher->make_client(); !done) return done.fault();
    return publisher;
}

void KafkaPublisher::bind(const KafkaOptions& options) {
    options_ = options;
    client_->bind(options);
}

Status KafkaPublisher::make_client() {
    KafkaHooks hooks;
    hooks.delivered = [this](const rd_kafka_message_t& message) { on_delivery(message); };
    auto client = KafkaClient::open(options_, KafkaRole::publisher, std::move(hooks));
    if (!client) return client.fault();
    client_ = std::move(*client);
    return Done{};
}

Status KafkaPublisher::check(Deadline deadline) {
    look_after_client();
    const auto judged = [&](const Fault& fault) {
        return fault.kind == FaultKind::denied && !client_->watch().denied() ? lacks_write() : fault;
    };
    const auto shape = client_->ask_led_topic(deadline);
    if (!shape) return judged(shape.fault());
    if (auto reached = client_->reach_leaders(*shape, deadline); !reached) return judged(reached.fault());
    return check_producer_id(deadline);
}

Status KafkaPublisher::check_producer_id(Deadline deadline) {
    const auto& watch = client_->watch();
    while (!watch.has_answer_about_producer_id() && !watch.denied() && !watch.fatal()) {
        if (remaining_ms(deadline) == 0) return unreachable_fault("no producer id in time", options_);
        client_->serve(Milliseconds(1));
    }
    // The same thread of librdkafka handles both answers, in order: after this one, a refusal of the producer id is known.
    const auto shape = client_->ask_topic(deadline);
    std::array<char, 512> text{};
    if (is_missing_right(rd_kafka_fatal_error(client_->get(), text.data(), text.size()))) return lacks_write();
    if (!shape) return shape.fault();
    return Done{};
}

Fault KafkaPublisher::lacks_write() const {
    constexpr std::array lacking{TopicRight{"Write", TopicRight::Resource::topic}};
    return lacks_rights_fault(lacking, options_);
}

void KafkaPublisher::submit(std::uint64_t ticket, const IssueRecord& record) {
    submit_raw(ticket, encode(record), std::chrono::steady_clock::now() + options_.message_timeout);
}

void KafkaPublisher::submit_raw(std::uint64_t ticket, RawRecord&& raw, Deadline deadline) {
    if (client_->watch().denied()) {
        reports_.push_back({ticket, *client_->watch().denied()});
        return;
    }
    const auto error = waiting_.empty() ? produce(ticket, raw) : RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    // A full queue, or a client that died under our hands: certainly not queued, so it is tried again.
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL || error == RD_KAFKA_RESP_ERR__FATAL) {
        waiting_.push_back({ticket, std::move(raw), deadline});
    } else {
        reports_.push_back({ticket, not_published(error)});
    }
}

rd_kafka_resp_err_t KafkaPublisher::produce(std::uint64_t ticket, const RawRecord& raw) {
    // The vararg call: rd_kafka_produceva frees the headers twice when the partition does not exist (up to 2.12). A topic handle and not
    // a name, with which the first record of a fresh process is now and then a second late.
    const auto& headers = raw.headers;
    assert(headers.size() == 7 && raw.key && raw.value); // a record that leaves is signed
    const auto value_of = [&](std::size_t i) { return headers[i].value->data(); };
    const auto size_of = [&](std::size_t i) { return static_cast<ssize_t>(headers[i].value->size()); };
    const auto number = ++last_number_;
    const auto error = rd_kafka_producev(
        client_->get(), RD_KAFKA_V_RKT(client_->topic()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(raw.key->data(), raw.key->size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(raw.value->data()), raw.value->size()), // copied, as the flag says
        RD_KAFKA_V_HEADER(headers[0].name.c_str(), value_of(0), size_of(0)),
        RD_KAFKA_V_HEADER(headers[1].name.c_str(), value_of(1), size_of(1)),
        RD_KAFKA_V_HEADER(headers[2].name.c_str(), value_of(2), size_of(2)),
        RD_KAFKA_V_HEADER(headers[3].name.c_str(), value_of(3), size_of(3)),
        RD_KAFKA_V_HEADER(headers[4].name.c_str(), value_of(4), size_of(4)),
        RD_KAFKA_V_HEADER(headers[5].name.c_str(), value_of(5), size_of(5)),
        RD_KAFKA_V_HEADER(headers[6].name.c_str(), value_of(6), size_of(6)), RD_KAFKA_V_OPAQUE(opaque_of(number)), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) in_flight_.emplace(number, ticket);
    return error;
}

void KafkaPublisher::submit_waiting() {
    auto waiting = std::exchange(waiting_, {});
    while (!waiting.empty()) {
        auto& [ticket, raw, deadline] = waiting.front();
        if (remaining_ms(deadline) == 0) {
            reports_.push_back({ticket, not_published(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)});
        } else {
            submit_raw(ticket, std::move(raw), deadline);
            // No room yet; the others keep their order behind it.
            if (!waiting_.empty()) {
                waiting.pop_front();
                std::move(waiting.begin(), waiting.end(), std::back_inserter(waiting_));
                return;
            }
        }
        waiting.pop_front();
    }
}

std::size_t KafkaPublisher::poll(std::vector<Delivery>& out, Milliseconds wait) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    // A yield after each error event ends rd_kafka_poll early, so it may take several turns to wait that long.
    while (true) {
        client_->serve(Milliseconds(0));
        look_after_client();
        submit_waiting();
        if (!reports_.empty() || remaining_ms(deadline) == 0) break;
        const auto slice = waiting_.empty() ? remaining_ms(deadline) : std::min(remaining_ms(deadline), 10);
        client_->serve(Milliseconds(slice));
    }
    const auto count = reports_.size();
    std::move(reports_.begin(), reports_.end(), std::back_inserter(out));
    reports_.clear();
    return count;
}

void KafkaPublisher::on_delivery(const rd_kafka_message_t& message) {
    const auto number = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(message._private));
    const auto found = in_flight_.find(number);
    if (found == in_flight_.end()) return;
    reports_.push_back({found->second, report_of(message)});
    in_flight_.erase(found);
}

Status KafkaPublisher::report_of(const rd_kafka_message_t& message) const {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        client_->watch().on_sign_of_life();
        return Done{};
    }
    if (rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED) return not_published(message.err);
    return Fault{FaultKind::unknown,
                 "kafka at " + escape(options_.brokers) + " did not say whether the record was published (" +
                     escape(rd_kafka_err2str(message.err)) + ")",
                 "the claim stays pending; a running coupon-consume publishes it again"};
}

Fault KafkaPublisher::not_published(rd_kafka_resp_err_t error) const {
    if (no_client_) return *no_client_;
    // Purged because the login was refused; the report itself knows nothing of that.
    if (client_->watch().denied()) return *client_->watch().denied();
    if (is_missing_right(error)) return lacks_write();
    auto fault = fault_of(error, "publish to topic " + escape(options_.topic), options_);
    // Whatever was the reason, the record is certainly not on the topic; that is all a refusal of ours would say.
    if (error == RD_KAFKA_RESP_ERR__PURGE_QUEUE) fault.kind = FaultKind::unreachable;
    return fault;
}

void KafkaPublisher::look_after_client() {
    if (client_->watch().denied()) give_up_queued();
    if (client_->watch().fatal()) replace_client();
}

void KafkaPublisher::give_up_queued() {
    if (std::exchange(is_given_up_, true)) return;
    // The reports would come at the message timeout only. What never left the queue is reported as denied, the rest as unknown.
    rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    for (const auto& waiting : waiting_)
        reports_.push_back({waiting.ticket, *client_->watch().denied()});
    waiting_.clear();
    client_->serve(Milliseconds(0));
}

void KafkaPublisher::replace_client() {
    // After a fatal error (its sequence numbers went astray) every produce fails. The new producer is another session to the broker, which
    // could not tell a record sent again from a new one; so nothing is sent again here.
    const auto why = *client_->watch().fatal();
    for (const auto& [number, ticket] : std::exchange(in_flight_, {})) {
        reports_.push_back(
            {ticket,
             Fault{FaultKind::unknown, "the kafka producer gave up before it knew whether the record was published (" + escape(why) + ")",
                   "the claim stays pending; a running coupon-consume publishes it again"}});
    }
    // The options were accepted before, so what is missing is a thread or memory: the next poll tries again.
    const auto made = make_client();
    no_client_ = made ? std::nullopt : std::optional(made.fault());
}

void KafkaPublisher::break_producer() {
    rd_kafka_test_fatal_error(client_->get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test breaks the producer");
}

PublisherStart::PublisherStart(std::unique_ptr<KafkaPublisher> publisher) : publisher_(std::move(publisher)) {}
PublisherStart::PublisherStart(PublisherStart&&) noexcept = default;
PublisherStart::~PublisherStart() = default;

Result<PublisherStart> PublisherStart::begin(KafkaOptions options) {
    options.topic.clear();
    auto publisher = KafkaPublisher::open(options);
    if (!publisher) return publisher.fault();
    return PublisherStart(std::move(*publisher));
}

std::unique_ptr<Publisher> PublisherStart::finish(const KafkaOptions& options) && {
    publisher_->bind(options);
    return std::move(publisher_);
}

Result<std::unique_ptr<Publisher>> open_kafka_publisher(const KafkaOptions& options) {
    auto publisher = KafkaPublisher::open(options);
    if (!publisher) return publisher.fault();
    return std::unique_ptr<Publisher>(std::move(*publisher));
}

} // namespace coupon
