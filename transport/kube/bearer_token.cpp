#include "transport/kube/bearer_token.hpp"

#include "transport/http/head_writer.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/secret_forms.hpp"

#include <fmt/format.h>

#include <utility>

namespace kube {
namespace {

std::string without_ends(std::string text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_blank(text.back()))
        text.pop_back();
    return text;
}

} // namespace

bearer_token::bearer_token(std::string fixed, std::string path, reader read)
    : path_(std::move(path))
    , read_(std::move(read)) {
    if (path_.empty() && !fixed.empty())
        keep(fixed);
}

void bearer_token::keep(const std::string& token) {
    auto next = "Bearer " + token;
    if (next == field_)
        return;
    known_ = vmcp::known_while_held(vmcp::secret_forms(next));
    field_ = std::move(next);
}

vmcp::result<void> bearer_token::read_again(time_point now) {
    read_at_ = now;
    was_read_ = true;
    auto text = read_(path_);
    if (!text)
        return text.error();
    auto token = without_ends(*std::move(text));
    if (token.empty() || token.size() > largest || !transport::is_field_value(token))
        return vmcp::fail(vmcp::errc::io, fmt::format("{} holds no token", path_));
    keep(token);
    return {};
}

vmcp::result<std::string> bearer_token::field(time_point now) {
    if (path_.empty() || (was_read_ && now - read_at_ < good_for && !field_.empty()))
        return field_;
    if (const auto read = read_again(now); !read && field_.empty())
        return read.error();
    return field_;
}

bool bearer_token::refused(const std::string& field, time_point now) {
    if (path_.empty())
        return false;
    // Another request may have read it in the meantime.
    if (field_ == field)
        (void)read_again(now);
    return field_ != field;
}

} // namespace kube
