#include "transport/redis/redis_pipeline.hpp"

#include <utility>

namespace transport {
namespace {

vmcp::failure too_late() {
    return vmcp::fail(vmcp::errc::io, "Redis could not be reached in time");
}

} // namespace

bool redis_pipeline::add(const redis_command& command, reply_fn reply, vmcp::steady_clock::time_point until) {
    entry one{.reply = std::move(reply), .until = until};
    append_command(one.text, command);
    one.bytes = one.text.size();
    if (size() >= limits_.commands || one.bytes > limits_.bytes - bytes_)
        return false;
    bytes_ += one.bytes;
    unsent_.push_back(std::move(one));
    return true;
}

std::string redis_pipeline::take_unsent(vmcp::steady_clock::time_point now) {
    expire(now);
    std::string out;
    for (auto& one : unsent_) {
        out.append(one.text);
        one.text = {};
        sent_.push_back(std::move(one));
    }
    unsent_.clear();
    return out;
}

bool redis_pipeline::answered(vmcp::result<resp_value> reply) {
    if (sent_.empty())
        return false;
    auto one = std::move(sent_.front());
    sent_.pop_front();
    finish(std::move(one), std::move(reply));
    return true;
}

void redis_pipeline::fail_sent(const vmcp::failure& why) {
    for (auto& one : std::exchange(sent_, {}))
        finish(std::move(one), why);
}

void redis_pipeline::fail_all(const vmcp::failure& why) {
    fail_sent(why);
    for (auto& one : std::exchange(unsent_, {}))
        finish(std::move(one), why);
}

void redis_pipeline::expire(vmcp::steady_clock::time_point now) {
    while (!unsent_.empty() && unsent_.front().until <= now) {
        auto one = std::move(unsent_.front());
        unsent_.pop_front();
        finish(std::move(one), too_late());
    }
}

void redis_pipeline::finish(entry one, vmcp::result<resp_value> reply) {
    bytes_ -= one.bytes;
    if (one.reply)
        one.reply(std::move(reply));
}

} // namespace transport
