#include "topic/kafka/kafka_order.hpp"

#include "topic/kafka/kafka_fault.hpp"

#include <algorithm>
#include <array>

namespace coupon {

namespace {

constexpr int slice_ms = 50;

} // namespace

Result<KafkaEvent> order(KafkaClient& client, rd_kafka_admin_op_t kind, const std::string& what, Deadline deadline,
                         const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& send) {
    const auto& options = client.options();
    const KafkaAdminOptions settings(rd_kafka_AdminOptions_new(client.get(), kind));
    std::array<char, 512> text{};
    const int timeout_ms = std::max(remaining_ms(deadline), 1);
    rd_kafka_AdminOptions_set_request_timeout(settings.get(), timeout_ms, text.data(), text.size());
    rd_kafka_AdminOptions_set_operation_timeout(settings.get(), timeout_ms, text.data(), text.size());
    const KafkaQueue queue(rd_kafka_queue_new(client.get()));
    send(settings.get(), queue.get());
    while (true) {
        KafkaEvent event(rd_kafka_queue_poll(queue.get(), std::min(slice_ms, remaining_ms(deadline))));
        // A refused login never becomes an answer, only an event.
        client.serve(Milliseconds(0));
        if (const auto& denied = client.watch().denied()) return *denied;
        if (event != nullptr) {
            const auto error = rd_kafka_event_error(event.get());
            if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
            // Without an answer it is not known whether it was done; doing it again is harmless in every case.
            if (is_passing(error)) return client.unreachable(rd_kafka_err2str(error));
            return fault_of(error, what, options);
        }
        if (remaining_ms(deadline) == 0) return client.unreachable(client.watch().trouble());
    }
}

} // namespace coupon
