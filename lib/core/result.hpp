#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace coupon {

/// What kind of misfortune a call suffered. The kind decides what may be done next; the text is for people.
enum class FaultKind {
    unreachable,     ///< no connection or no reply in time, and certainly nothing took effect
    denied,          ///< credentials or permission refused; asking again will not help
    unknown,         ///< the request may have taken effect; never to be read as "no"
    refused,         ///< the server said no for now, certainly without effect (loading, busy, out of memory, read-only)
    not_armed,       ///< the gate has not proven that it remembers everything; no effect
    missing,         ///< the gate, table or topic does not exist; coupon-reset creates it
    corrupt,         ///< what was read contradicts itself; no effect
    conflict,        ///< a compared value (round, token, owner, epoch) was not the expected one; somebody else acted
    not_mine,        ///< the partition belongs to another worker by now; its new owner does the work again
    not_quiescent,   ///< something is still on its way
    unsupported,     ///< this build or this server cannot do it, or must not (a newer format, another event's record)
    usage,           ///< the caller asked for something impossible; nothing was touched
    already_running, ///< another process holds the lock
    interrupted,     ///< the stop signal came first
};

/// The kind's own name, as it appears in JSON and logs.
[[nodiscard]] const char* name_of(FaultKind kind);

/// What a call suffered: what was tried and what happened, and what to do about it.
struct Fault { // NOLINT(clang-analyzer-core.uninitialized.Assign): the analyzer takes a path through std::variant that there is not
    FaultKind kind = FaultKind::unknown;
    std::string message; ///< a sentence without a full stop; outside text in it is escaped
    std::string hint;    ///< what to do, may be empty

    /// Message and hint on one line, as an operator reads it.
    [[nodiscard]] std::string text() const;
    /// The same where the program goes on: message, what it does about it, hint.
    [[nodiscard]] std::string text_with(const std::string& consequence) const;
};

/// Nothing to return but "it was done".
struct Done {
    friend bool operator==(Done, Done) = default;
};

/// A value, or the fault that prevented it. Read value() only when the result is true, fault() only when it is false.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}     // NOLINT(google-explicit-constructor)
    Result(Fault fault) : content_(std::in_place_index<1>, std::move(fault)) {} // NOLINT(google-explicit-constructor)

    [[nodiscard]] explicit operator bool() const { return content_.index() == 0; }
    [[nodiscard]] T& value() & { return std::get<0>(content_); }
    [[nodiscard]] const T& value() const& { return std::get<0>(content_); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(content_)); }
    [[nodiscard]] T* operator->() { return &std::get<0>(content_); }
    [[nodiscard]] const T* operator->() const { return &std::get<0>(content_); }
    [[nodiscard]] T& operator*() & { return std::get<0>(content_); }
    [[nodiscard]] const T& operator*() const& { return std::get<0>(content_); }
    [[nodiscard]] const Fault& fault() const { return std::get<1>(content_); }

private:
    std::variant<T, Fault> content_;
};

using Status = Result<Done>;

} // namespace coupon
