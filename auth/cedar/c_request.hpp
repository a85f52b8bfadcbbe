// A request in the form of the C interface: views of the values that it was made from.
#pragma once

#include "auth/cedar/values.hpp"
#include "auth/cedar/vmcp_cedar.h"

#include <deque>
#include <span>
#include <string_view>
#include <vector>

namespace auth {

[[nodiscard]] inline vmcp_cedar_text c_text(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

// Owns the arrays that C structures point to. What was given to it must outlive it and stay where it is.
class c_arrays {
public:
    [[nodiscard]] vmcp_cedar_entity entity(const cedar_entity& from);
    // The fields, valid as long as this object.
    [[nodiscard]] std::span<const vmcp_cedar_field> fields(const std::vector<cedar_field>& from);

private:
    [[nodiscard]] vmcp_cedar_value value(const cedar_value& from);

    std::deque<std::vector<vmcp_cedar_field>> fields_{}; // a deque: what grows moves no array of another
    std::deque<std::vector<vmcp_cedar_uid>> uids_{};
};

} // namespace auth
