#include "auth/cedar/decision_cache.hpp"

#include <iterator>
#include <utility>
#include <variant>

namespace auth {
namespace {

constexpr std::size_t entry_overhead = 200; // the nodes of list and index, and the control block

void append_number(std::string& key, std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
        key.push_back(static_cast<char>(number >> shift & 0xFF));
}

void append_text(std::string& key, std::string_view text) {
    append_number(key, text.size());
    key.append(text);
}

void append_uid(std::string& key, const cedar_uid& uid) {
    append_text(key, uid.type);
    append_text(key, uid.id);
}

void append_value(std::string& key, const cedar_value& value);

void append_fields(std::string& key, const std::vector<cedar_field>& fields) {
    append_number(key, fields.size());
    for (const auto& field : fields) {
        append_text(key, field.name);
        append_value(key, field.value);
    }
}

void append_value(std::string& key, const cedar_value& value) {
    key.push_back(static_cast<char>('0' + value.data.index()));
    if (const auto* flag = std::get_if<bool>(&value.data)) {
        append_number(key, *flag ? 1 : 0);
    } else if (const auto* number = std::get_if<std::int64_t>(&value.data)) {
        append_number(key, static_cast<std::uint64_t>(*number));
    } else if (const auto* decimal = std::get_if<cedar_decimal>(&value.data)) {
        append_number(key, static_cast<std::uint64_t>(decimal->ten_thousandths));
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
        append_text(key, *text);
    } else if (const auto* record = std::get_if<cedar_record>(&value.data)) {
        append_fields(key, record->fields);
    } else {
        const auto& items = std::get<cedar_set>(value.data).items;
        append_number(key, items.size());
        for (const auto& item : items)
            append_value(key, item);
    }
}

} // namespace

std::string decision_key(std::uint64_t policies, std::uint64_t entries, cedar_operation operation,
                         const cedar_caller& caller) {
    std::string key;
    append_number(key, policies);
    append_number(key, entries);
    append_number(key, static_cast<std::uint64_t>(operation));
    append_uid(key, caller.principal.uid);
    append_number(key, caller.principal.parents.size());
    for (const auto& parent : caller.principal.parents)
        append_uid(key, parent);
    append_fields(key, caller.principal.attributes);
    append_fields(key, caller.context);
    return key;
}

decision_cache::verdicts decision_cache::find(const std::string& key) {
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end())
        return nullptr;
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return found->second->what;
}

void decision_cache::put(std::string key, verdicts decided) {
    const std::size_t bytes = entry_overhead + key.size() + decided->size() / 8;
    if (bytes > shard_bytes_)
        return;
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    if (shard.index.contains(key))
        return;
    while (shard.bytes + bytes > shard_bytes_) {
        shard.bytes -= shard.entries.back().bytes;
        shard.index.erase(shard.entries.back().key);
        shard.entries.pop_back();
    }
    shard.entries.push_front({std::move(key), std::move(decided), bytes});
    shard.index.emplace(shard.entries.front().key, shard.entries.begin());
    shard.bytes += bytes;
}

std::size_t decision_cache::bytes() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        sum += shard.bytes;
    }
    return sum;
}

} // namespace auth
