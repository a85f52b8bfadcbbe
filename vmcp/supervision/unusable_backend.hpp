// What calls meet in place of a backend whose definition cannot be used.
#pragma once

#include "vmcp/model/backend.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace vmcp {

class unusable_backend final : public backend {
public:
    explicit unusable_backend(std::string name) : name_(std::move(name)) {}

    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] bool offers_resources() const noexcept override { return false; }
    awaitable<result<void>> exchange(const outgoing&, reply_sink&) override { co_return refusal(); }
    // It lists nothing, so that no name leads a client here; but a client may still know a URI from a time when the
    // definition could be used.
    std::shared_ptr<backend_session> session_for(const std::shared_ptr<client_session>&) override {
        return std::make_shared<no_session>();
    }

private:
    struct no_session final : backend_session {
        void roots_changed(std::string) override {}
        void set_log_level(log_level) override {}
        void listen() override {}
        void stop_listening() override {}
        void remember_subscription(const std::string&, bool) override {}
        void close() override {}
    };

    [[nodiscard]] failure refusal() const {
        auto why = fail(errc::backend_unavailable,
                        fmt::format("\"{}\": it cannot be used as it is configured", name_));
        why.data = fmt::format(R"({{"backend":"{}","retryable":false}})", name_);
        return why;
    }

    std::string name_; // the problem is for operators; callers are not told
};

} // namespace vmcp
