// Fuzzes the reader of XML answers. What it takes has bounds, and holds nothing of what it refuses.
#include "auth/aws/sts_answer.hpp"
#include "auth/aws/xml_texts.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = auth::read_xml(text);
    if (read) {
        if (read->empty() || read->size() > auth::max_xml_elements || text.find("<!") != text.npos)
            std::abort();
        for (const auto& [path, value] : *read)
            if (std::ranges::count(path, '/') >= auth::max_xml_depth || value.size() > text.size())
                std::abort();
    }
    auth::fetch_result from;
    from.status = 200;
    from.body = text;
    (void)auth::read_role_answer(from, {});
    (void)auth::read_iso_time(text);
    return 0;
}
