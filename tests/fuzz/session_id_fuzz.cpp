// Fuzzes what clients send as a session id: only the very text that was given out finds a session, and only its owner.
#include "vmcp/session/session_table.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

void check(bool holds) {
    if (!holds)
        std::abort();
}

struct table {
    vmcp::session_table sessions{{}};
    vmcp::identity owner{"issuer", "owner"};
    std::shared_ptr<vmcp::live_session> session =
        sessions.add({.id = vmcp::random_session_id(), .who = owner}, vmcp::steady_clock::now()).value();
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static table one;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto now = vmcp::steady_clock::now();

    const bool hex = std::all_of(text.begin(), text.end(), [](char c) {
        return std::string_view("0123456789abcdef").find(c) != std::string_view::npos;
    });
    check(vmcp::is_session_id(text) == (size == 32 && hex));
    check(one.sessions.find(text, one.owner, now) == (text == one.session->id() ? one.session : nullptr));

    // The true id with bytes of the input in it: found as long as it is the true id.
    std::string near = one.session->id();
    for (std::size_t i = 0; i + 1 < size; i += 2) {
        const std::size_t at = data[i] % (near.size() + 1);
        if (at == near.size())
            near.push_back(static_cast<char>(data[i + 1]));
        else
            near[at] = static_cast<char>(data[i + 1]);
    }
    const auto found = one.sessions.find(near, one.owner, now);
    check((found != nullptr) == (near == one.session->id()));
    // Somebody else never finds it.
    const auto half = size / 2;
    const vmcp::identity other{std::string(text.substr(0, half)), std::string(text.substr(half))};
    if (other != one.owner)
        check(one.sessions.find(one.session->id(), other, now) == nullptr);
    check(!one.session->closed());
    check(one.sessions.size() == 1);
    return 0;
}
