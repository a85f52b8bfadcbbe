#include "vmcp/supervision/kept_lists.hpp"

#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vmcp {
namespace {

constexpr std::size_t most_unfit_named = 3;

const std::string& said_of(const entry_verdicts& verdict) {
    return verdict.usual.problem.empty() ? verdict.usual.note : verdict.usual.problem;
}

// One line for the log, however many there are; empty: there are none.
std::string unfit_entries(const backend_lists& lists) {
    std::size_t found = 0;
    std::string named;
    for (const auto kind : all_list_kinds)
        for (const auto& item : items_of(lists, kind)) {
            if (!item.verdict || ++found > most_unfit_named)
                continue;
            named += fmt::format("{}{} \"{}\": {}", named.empty() ? "" : "; ", spec_of(kind).noun,
                                 excerpt_of(item.key), excerpt_of(said_of(*item.verdict), {}, 300));
        }
    if (found == 0)
        return {};
    return fmt::format("{} of its entries {} not fit the protocol's schema: {}{}", found,
                       found == 1 ? "does" : "do", named, found > most_unfit_named ? "; ..." : "");
}

} // namespace

std::string kept_lists::fill(backend_lists& fresh, const list_reading::gap& gap) const {
    auto& items = items_of(fresh, gap.kind);
    if (lists_) {
        items = items_of(*lists_, gap.kind);
        const auto at = static_cast<std::size_t>(gap.kind);
        fresh.held.of[at] = lists_->held.of[at];
        std::ranges::copy_if(lists_->dropped, std::back_inserter(fresh.dropped), [&](const auto& entry) {
            return entry.kind == gap.kind && entry.name != gap.method;
        });
    }
    return fmt::format("{} failed: {}; {}", gap.method, gap.why.message(),
                       items.empty() ? "it contributes none" : "what it listed before is kept");
}

kept_lists::taken kept_lists::take(list_reading reading) {
    taken out{.complete = true};
    std::string problem;
    for (const auto& gap : reading.missed) {
        const auto words = fill(reading.lists, gap);
        problem += problem.empty() ? words : "; " + words;
        // An answer that is no list, or is too long, will be the same a moment later: only other failures are worth
        // asking again.
        const bool no_list = gap.why.code == errc::backend_protocol;
        const bool passing = !no_list && gap.why.code != errc::no_memory;
        out.complete = out.complete && !passing;
        if (!no_list || gap.kind == list_kind::tools)
            reading.lists.dropped.push_back({gap.kind, gap.method, words});
    }
    out.news = !problem.empty() && problem != problem_;
    problem_ = std::move(problem);
    category_.clear();
    throttled_ = false;
    out.changed = !lists_ || *lists_ != reading.lists;
    if (!out.changed)
        return out;
    lists_ = std::make_shared<const backend_lists>(std::move(reading.lists));
    if (auto unfit = unfit_entries(*lists_); unfit != unfit_)
        out.unfit = unfit_ = std::move(unfit);
    return out;
}

kept_lists::taken kept_lists::take(const list_refusal& refusal, std::string_view url) {
    auto problem = fmt::format("its lists cannot be read: {}", health::describe(refusal.evidence, url));
    const taken out{.news = problem != problem_};
    problem_ = std::move(problem);
    category_ = health::category_of(refusal.evidence);
    throttled_ = refusal.evidence.status == 429;
    return out;
}

} // namespace vmcp
