// Something that runs on one executor and can be ended early, from any thread.
#pragma once

#include "vmcp/model/awaitable.hpp"

#include <functional>
#include <memory>
#include <string>

namespace vmcp {

// All members but cancel() belong to the executor.
class cancellation : public std::enable_shared_from_this<cancellation> {
public:
    explicit cancellation(any_io_executor ex) : executor_(std::move(ex)) {}
    cancellation(const cancellation&) = delete;
    cancellation& operator=(const cancellation&) = delete;

    [[nodiscard]] const any_io_executor& executor() const noexcept { return executor_; }

    // From any thread: marks it cancelled, on its executor, and wakes what waits there in a scope. `reason` is a raw JSON
    // string or empty. Needs a shared_ptr to this.
    void cancel(std::string reason);
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

    // While it lives, a cancellation runs `wake`, on the executor; at once if there was one already. Every wait has one
    // around it: a queue, a connect, a handshake, a read, a pause. Scopes nest, and end in the opposite order; all that
    // live are woken.
    class scope {
    public:
        // `cancellation` may be null: there is nothing to cancel.
        scope(cancellation* cancellation, std::function<void()> wake);
        ~scope();
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;

        void wake() const { wake_(); }
        [[nodiscard]] scope* outer() const noexcept { return outer_; }

    private:
        cancellation* of_;
        std::function<void()> wake_;
        scope* outer_ = nullptr;
    };

private:
    any_io_executor executor_;
    scope* innermost_ = nullptr;
    std::string reason_{};
    bool cancelled_ = false;
};

} // namespace vmcp
