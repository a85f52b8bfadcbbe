#include "vmcp/model/reply.hpp"

namespace vmcp {

kept_reply::kept_reply(const reply& reply) : kind_(reply.kind), of_message_(!reply.whole.empty()) {
    text_ = of_message_ ? reply.whole : reply.body;
    const auto slice_of = [&](std::string_view part) {
        return of_message_ && !part.empty()
                   ? slice{static_cast<std::size_t>(part.data() - reply.whole.data()), part.size()}
                   : slice{0, part.size()};
    };
    body_ = slice_of(reply.body);
    id_ = slice_of(reply.id);
    for (std::size_t i = 0; i < surplus_.size(); ++i)
        surplus_[i] = slice_of(reply.surplus[i]);
    meta_ = slice_of(reply.meta);
    type_ = slice_of(reply.type);
}

reply kept_reply::view() const noexcept {
    const std::string_view text = text_;
    reply out{.kind = kind_, .body = text.substr(body_.at, body_.size)};
    if (of_message_) {
        out.whole = text;
        out.id = text.substr(id_.at, id_.size);
        for (std::size_t i = 0; i < surplus_.size(); ++i)
            out.surplus[i] = text.substr(surplus_[i].at, surplus_[i].size);
        out.meta = text.substr(meta_.at, meta_.size);
        out.type = text.substr(type_.at, type_.size);
    }
    return out;
}

} // namespace vmcp
