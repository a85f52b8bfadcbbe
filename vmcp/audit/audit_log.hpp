// The audit log of the gateway: takes records from every thread and writes them on a thread of its own, so that nobody who
// serves ever waits for a file.
#pragma once

#include "vmcp/audit/audit_file.hpp"
#include "vmcp/audit/audit_line.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/audit.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace vmcp {

struct audit_figures {
    bool on = false;
    std::uint64_t written = 0; // lines
    std::uint64_t lost = 0;
    std::size_t waiting = 0;
    std::string problem{}; // why lines are not written now, for operators; empty: they are
};

class audit_log final : public audit_sink {
public:
    audit_log();
    // stop() without a grace.
    ~audit_log() override;

    // What a configuration asks for, ready to be used.
    struct arrangement {
        audit_config settings{};
        std::shared_ptr<const audit_terms> terms{}; // null: nothing is recorded
        std::shared_ptr<const line_terms> lines{};
        std::unique_ptr<line_output> to{}; // null: the one in use
    };
    // Opens the file, where it is another one than before. Fails with errc::io.
    [[nodiscard]] result<std::unique_ptr<arrangement>> prepare(const config& settings) const;
    // From now on. One thread at a time, as are prepare(), reopen() and stop().
    void use(std::unique_ptr<arrangement> next);

    // The file was moved away: goes on in a new one of the same name. Where that cannot be opened, the old one is written on,
    // and the next call tries again.
    void reopen();

    // Nothing is recorded any more; what waits is written within `grace`, or said to be lost.
    void stop(std::chrono::milliseconds grace);

    [[nodiscard]] std::shared_ptr<const audit_terms> terms() const override { return terms_.load(); }
    void record(audit_record record) override;
    [[nodiscard]] audit_figures figures() const;

private:
    struct shared;
    static void write_lines(const std::shared_ptr<shared>& state);

    published<audit_terms> terms_{nullptr};
    std::shared_ptr<shared> shared_; // with the thread, which may outlive this where a file hangs
    audit_config now_{};
    bool started_ = false;
};

// What `settings` want recorded; null: nothing.
[[nodiscard]] std::shared_ptr<const audit_terms> audit_terms_of(const audit_config& settings);

} // namespace vmcp
