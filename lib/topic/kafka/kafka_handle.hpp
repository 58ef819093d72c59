#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

/// librdkafka's objects, each born inside the handle that ends it. Private to this room.
namespace coupon {

template <auto end>
struct EndedBy {
    template <class T>
    void operator()(T* object) const {
        end(object);
    }
};

using KafkaConf = std::unique_ptr<rd_kafka_conf_t, EndedBy<rd_kafka_conf_destroy>>;
using KafkaTopicHandle = std::unique_ptr<rd_kafka_topic_t, EndedBy<rd_kafka_topic_destroy>>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, EndedBy<rd_kafka_message_destroy>>;
using KafkaPartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, EndedBy<rd_kafka_topic_partition_list_destroy>>;
using KafkaQueue = std::unique_ptr<rd_kafka_queue_t, EndedBy<rd_kafka_queue_destroy>>;
using KafkaEvent = std::unique_ptr<rd_kafka_event_t, EndedBy<rd_kafka_event_destroy>>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, EndedBy<rd_kafka_error_destroy>>;
using KafkaMetadata = std::unique_ptr<const rd_kafka_metadata_t, EndedBy<rd_kafka_metadata_destroy>>;
using KafkaGroupList = std::unique_ptr<const rd_kafka_group_list, EndedBy<rd_kafka_group_list_destroy>>;
using KafkaAdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, EndedBy<rd_kafka_AdminOptions_destroy>>;
using KafkaNewTopic = std::unique_ptr<rd_kafka_NewTopic_t, EndedBy<rd_kafka_NewTopic_destroy>>;
using KafkaConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, EndedBy<rd_kafka_ConfigResource_destroy>>;
using KafkaDeleteRecords = std::unique_ptr<rd_kafka_DeleteRecords_t, EndedBy<rd_kafka_DeleteRecords_destroy>>;
using KafkaGroupOffsets = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t, EndedBy<rd_kafka_AlterConsumerGroupOffsets_destroy>>;

} // namespace coupon
