#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace coupon {

/// The server's public key as Connector/C wants it: as the path of a file. Where it cannot read that file it asks the server for a key, and
/// encrypts the password with that. So the path leads to memory of this process, which no other process can change or remove.
class MysqlServerKey {
public:
    /// Fault usage where the key cannot be read back from its path.
    [[nodiscard]] static Result<MysqlServerKey> make(std::string_view pem);

    MysqlServerKey(MysqlServerKey&& other) noexcept;
    MysqlServerKey& operator=(MysqlServerKey&& other) noexcept;
    MysqlServerKey(const MysqlServerKey&) = delete;
    MysqlServerKey& operator=(const MysqlServerKey&) = delete;
    ~MysqlServerKey();

    [[nodiscard]] std::string path() const;

private:
    explicit MysqlServerKey(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

} // namespace coupon
