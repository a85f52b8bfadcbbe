// Runs one reflector_machine against the API server, on the worker of its client.
#pragma once

#include "transport/kube/reflector_machine.hpp"
#include "transport/net/worker.hpp"

#include <functional>
#include <memory>
#include <string>

namespace kube {

// All of it on its worker's thread.
class reflector : public std::enable_shared_from_this<reflector> {
public:
    // `told` is called whenever the store or the state is different from before. `room` and `home` outlive it.
    reflector(transport::worker& home, std::shared_ptr<kube_client> client, reflector_settings settings,
              vmcp::byte_budget& room, std::function<void()> told);

    void start();
    // Ends its requests and waits; nothing is told any more.
    void stop();

    [[nodiscard]] const object_store& store() const noexcept { return store_; }
    [[nodiscard]] const reflector_state& state() const noexcept { return machine_.state(); }

private:
    vmcp::awaitable<void> run();
    vmcp::awaitable<void> list(reflector_action action);
    vmcp::awaitable<void> watch(reflector_action action);
    vmcp::awaitable<void> pause(time_point until);
    void tell(bool changed);

    transport::worker& home_;
    const std::shared_ptr<kube_client> client_;
    const std::string title_; // for the log
    object_store store_;
    trouble_lines lines_;
    reflector_machine machine_;
    std::function<void()> told_;
    const std::shared_ptr<vmcp::cancellation> stopped_;
    bool over_ = false;
    reflector_state shown_{}; // when it was told of last
};

} // namespace kube
