// Stands in for the Cedar engine in a build without it (VMCP_WITH_CEDAR=OFF): no policies can be compiled, and so
// a configuration that has some is refused with these words.
#include "auth/cedar/vmcp_cedar.h"

#include <algorithm>

namespace {

constexpr char words[] =
    "this program was built without the Cedar engine (CMake option VMCP_WITH_CEDAR=OFF): "
    "build it with the engine, or remove the policies";

constexpr vmcp_cedar_problem problem{VMCP_CEDAR_NONE, VMCP_CEDAR_NONE, 0, 0, {words, sizeof(words) - 1}};

void refuse(vmcp_cedar_answer* answer) noexcept {
    *answer = {0, nullptr, 0, &problem, 1, nullptr};
}

} // namespace

vmcp_cedar_engine* vmcp_cedar_compile(const vmcp_cedar_text*, size_t, vmcp_cedar_text, const vmcp_cedar_text*,
                                      size_t, vmcp_cedar_answer* answer) {
    refuse(answer);
    return nullptr;
}

void vmcp_cedar_destroy(vmcp_cedar_engine*) {
}

void vmcp_cedar_release(vmcp_cedar_answer* answer) {
    *answer = {};
}

void vmcp_cedar_decide(const vmcp_cedar_engine*, const vmcp_cedar_request*, vmcp_cedar_answer* answer) {
    refuse(answer);
}

void vmcp_cedar_decide_many(const vmcp_cedar_engine*, const vmcp_cedar_request*, const vmcp_cedar_entity*,
                            size_t resource_count, uint8_t* verdicts, vmcp_cedar_answer* answer) {
    std::fill_n(verdicts, resource_count, uint8_t{0});
    refuse(answer);
}

vmcp_cedar_text vmcp_cedar_name(const vmcp_cedar_engine*, uint8_t, size_t) {
    return {nullptr, 0};
}

uint8_t vmcp_cedar_sees_all(const vmcp_cedar_engine*) {
    return 1;
}

void vmcp_cedar_lint(const vmcp_cedar_engine*, vmcp_cedar_text, vmcp_cedar_answer* answer) {
    refuse(answer);
}

void vmcp_cedar_panic(vmcp_cedar_answer* answer) {
    refuse(answer);
}
