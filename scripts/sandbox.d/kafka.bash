# shellcheck shell=bash
# A real Apache Kafka broker: one node, KRaft, run with plain `java` from the jars of scripts/kafka/fetch.

kafka_warm_up_name=sandbox-warm-up

kafka_ports() {
    echo kafka kafka_controller
    ! has_sasl || echo kafka_sasl
    [[ ! -f kafka.proxied ]] || echo kafka_behind
}

has_sasl() { [[ -f kafka.sasl ]] || has_accounts; }

# Small and quick to start; a full-size heap or compiler gains nothing in the first half million records.
kafka_java() {
    printf '%s\n' "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true \
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX" -cp 'libs/*'
}

kafka_prepare() {
    mkdir -p kafka
    if [[ ! -d kafka/libs ]]; then
        printf 'sandbox: the jars of Kafka are gone; down and up fetch them again\n' >&2
        return 1
    fi
    kafka_properties >kafka/server.properties.new || return 1
    mv kafka/server.properties.new kafka/server.properties
    [[ -f kafka/formatted ]] || kafka_format
}

# 22 random letters and digits, as long as an id of Kafka's own: programs tell two sandboxes apart by it. One that began with a dash would
# be taken for an option.
kafka_cluster_id() {
    head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | cut -c 1-22
}

# Once per DIR. The mark comes last, so that an interrupted attempt is done again from the start.
kafka_format() {
    local java
    mapfile -t java < <(kafka_java)
    rm -rf kafka/data
    (
        cd kafka
        timeout -k 5 60 "${java[@]}" kafka.tools.StorageTool format -t "$(kafka_cluster_id)" -c server.properties </dev/null
    ) >>kafka.log 2>&1 || return 1
    touch kafka/formatted
}

# The replication factors fit a single broker. The cleaner's buffer fits the heap. The short broker session lets
# a broker that was killed come back without waiting for its former self; the short group session and the absent
# rebalance delay are for tests of workers that die.
kafka_properties() {
    local client controller
    client=$(port_of kafka) controller=$(port_of kafka_controller)
    cat <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=250
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.dedupe.buffer.size=2097152
num.network.threads=1
num.io.threads=2
END
    kafka_listeners "$client" "$controller" || return 1
    ! has_accounts || cat <<'END'
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:coupon
END
    # Of a name that comes twice the last value counts.
    [[ ! -f kafka.properties ]] || cat kafka.properties
}

# One for the programs, and those that `up` was asked for.
kafka_listeners() {
    local listeners advertised map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT port users account
    advertised=PLAINTEXT://127.0.0.1:$1
    listeners=$advertised
    if has_sasl; then
        port=$(port_of kafka_sasl)
        [[ -f kafka.password ]] || od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >kafka.password
        users="user_coupon=\"$(<kafka.password)\""
        # shellcheck disable=SC2154 # sandbox.d/accounts.bash
        ! has_accounts || for account in "${accounts[@]}"; do
            users+=" user_$account=\"$(<"accounts/$account.password")\""
        done
        listeners+=,SASL://127.0.0.1:$port
        advertised+=,SASL://127.0.0.1:$port
        map+=,SASL:SASL_PLAINTEXT
        cat <<END
sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required $users;
END
    fi
    if [[ -f kafka.proxied ]]; then
        # The proxy may listen there already, so it keeps its port whoever is on it.
        port_of kafka_front >/dev/null || { port=$(free_port) && set_port kafka_front "$port"; } || return 1
        listeners+=,PROXIED://127.0.0.1:$(port_of kafka_behind)
        advertised+=,PROXIED://127.0.0.1:$(port_of kafka_front)
        map+=,PROXIED:PLAINTEXT
    fi
    cat <<END
listeners=$listeners,CONTROLLER://127.0.0.1:$2
advertised.listeners=$advertised
listener.security.protocol.map=$map
END
}

kafka_launch() {
    local java
    mapfile -t java < <(kafka_java)
    spawn kafka kafka "${java[@]}" kafka.Kafka server.properties
}

# Neither an open port nor a line in the log will do: the first Metadata answers can be without a broker.
kafka_answers() {
    local address
    address=127.0.0.1:$(port_of kafka)
    timeout 5 kcat -b "$address" -L -m 3 2>/dev/null | grep -q "broker 1 at $address\( \|\$\)"
}

kafka_env() { printf 'export COUPON_BROKERS=%q\n' "127.0.0.1:$(port_of kafka)"; }

# The first idempotent record and the first group join of a broker take a second; after that, milliseconds. A broker that has just started may
# not know its topics yet, so each request is repeated. What it said last goes to kafka.trouble, which `up` tells.
kafka_warm_up() {
    local name=$kafka_warm_up_name consumer end=$((SECONDS + 30))
    rm -f kafka.trouble
    kafka_insist "$end" 'create the topic' kafka_create_topic "$name" || return 1
    kafka_insist "$end" 'join a group' kafka_warm_up_read &
    consumer=$!
    kafka_insist "$end" 'publish a record' kafka_warm_up_write || return 1
    wait "$consumer" || return 1
    # What is left would only be litter; it harms nobody if it stays.
    kafka_delete_group "$name" || true
    kafka_delete_topic "$name" || true
}

kafka_warm_up_read() {
    timeout 30 kcat -q -b "127.0.0.1:$(port_of kafka)" -G "$kafka_warm_up_name" -X auto.offset.reset=earliest -X enable.auto.commit=false -c 1 \
        "$kafka_warm_up_name" </dev/null >/dev/null
}

kafka_warm_up_write() {
    timeout 30 kcat -q -b "127.0.0.1:$(port_of kafka)" -P -t "$kafka_warm_up_name" -X enable.idempotence=true <<<warm-up >/dev/null
}

# kafka_insist END WHAT COMMAND...: runs the command until it succeeds, or END is over.
kafka_insist() {
    local end=$1 what=$2 said
    shift 2
    until said=$("$@" 2>&1); do
        printf '%s\n' "$said" >>kafka.log
        if ((SECONDS >= end)); then
            printf 'cannot %s to warm up (%s)\n' "$what" "$(tail -n 1 <<<"${said:-no answer}")" >kafka.trouble
            return 1
        fi
        sleep 0.1
    done
}

# Three administrative requests in Kafka's own protocol (kafka.apache.org/protocol): a JVM with an admin client
# would take longer than everything else here, and kcat has none.
int16() { printf '%04x' "$1"; }
int32() { printf '%08x' "$1"; }
string() {
    local i
    int16 ${#1}
    for ((i = 0; i < ${#1}; i++)); do printf '%02x' "'${1:i:1}"; done
}

kafka_create_topic() {
    local body
    # CreateTopics v2: one topic, 1 partition, replication factor 1, no assignments, no settings, 5 s, for real
    body=$(int32 1 && string "$1" && int32 1 && int16 1 && int32 0 && int32 0 && int32 5000 && printf '00')
    kafka_request 19 2 "$body" "$1" 36 # 36: there already
}

kafka_delete_topic() {
    local body
    body=$(int32 1 && string "$1" && int32 5000) # DeleteTopics v1
    kafka_request 20 1 "$body" "$1"
}

kafka_delete_group() {
    local body
    body=$(int32 1 && string "$1") # DeleteGroups v0
    kafka_request 42 0 "$body" "$1"
}

# kafka_request API VERSION BODY NAME [ERROR]: succeeds when the answer about NAME carries error 0, or ERROR.
kafka_request() {
    local error
    kafka_ask "$1" "$2" "$3" || return 1
    # throttle time, count, length of the name, the name, error
    error=${kafka_answer:$((2 * (4 + 4 + 2 + ${#4}))):4}
    [[ $error == 0000 || ($# -gt 4 && -n $error && $((16#$error)) -eq $5) ]]
}

kafka_answer=''
# kafka_ask API VERSION BODY: the answer goes to kafka_answer, in hexadecimal, without its correlation id.
kafka_ask() {
    local frame size socket
    frame=$(int16 "$1" && int16 "$2" && int32 1 && string sandbox && printf '%s' "$3")
    exec {socket}<>"/dev/tcp/127.0.0.1/$(port_of kafka)" || return 1
    # shellcheck disable=SC2001
    printf '%b' "$(sed 's/../\\x&/g' <<<"$(int32 $((${#frame} / 2)))$frame")" >&"$socket"
    size=$(timeout 10 od -An -N4 -tx1 <&"$socket" | tr -d ' \n')
    kafka_answer=$(timeout 10 od -An -v -N$((16#${size:-0})) -tx1 <&"$socket" | tr -d ' \n')
    kafka_answer=${kafka_answer:8}
    exec {socket}>&-
    [[ -n $kafka_answer ]]
}
