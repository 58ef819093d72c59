#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace coupon {

/// A folder of its own for one test case, mode 0700, gone at the end.
class ScratchFolder {
public:
    ScratchFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "coupon-cli-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for the test");
        path_ = name;
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

    /// Makes a file with this text and mode, and returns its path.
    [[nodiscard]] std::string file(const std::string& name, const std::string& text, ::mode_t mode = 0600) const {
        std::ofstream(path(name), std::ios::binary) << text;
        ::chmod(path(name).c_str(), mode);
        return path(name);
    }

private:
    std::filesystem::path path_;
};

/// Sets a variable of the environment for one test case.
class ScratchVariable {
public:
    ScratchVariable(const char* name, const std::string& value) : name_(name) {
        const char* old = std::getenv(name);
        had_ = old != nullptr;
        if (had_) old_ = old;
        ::setenv(name, value.c_str(), 1);
    }
    ScratchVariable(const ScratchVariable&) = delete;
    ScratchVariable& operator=(const ScratchVariable&) = delete;
    ~ScratchVariable() {
        if (had_) {
            ::setenv(name_, old_.c_str(), 1);
        } else {
            ::unsetenv(name_);
        }
    }

private:
    const char* name_;
    bool had_ = false;
    std::string old_;
};

} // namespace coupon
