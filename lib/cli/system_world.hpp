#pragma once

#include "flow/world.hpp"

namespace coupon {

/// The real world: the steady clock of this machine, its randomness, and the stop signal.
class SystemWorld final : public World {
public:
    [[nodiscard]] Tick now() const override;
    void pause(Milliseconds time) override;
    void pause(Milliseconds most, Waker& waker) override;
    [[nodiscard]] bool stopping() const override;
    [[nodiscard]] bool status_asked() override;
    [[nodiscard]] std::string random_word() override;
};

} // namespace coupon
