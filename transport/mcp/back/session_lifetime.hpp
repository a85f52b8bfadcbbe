// Keeps a backend session together while one of its parts works in the background.
#pragma once

#include <memory>

namespace transport {

class session_lifetime : public std::enable_shared_from_this<session_lifetime> {
public:
    session_lifetime() = default;
    session_lifetime(const session_lifetime&) = delete;
    session_lifetime& operator=(const session_lifetime&) = delete;
    virtual ~session_lifetime() = default;
};

} // namespace transport
