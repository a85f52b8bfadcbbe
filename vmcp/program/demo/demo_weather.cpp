// The weather demo: forecasts that depend on nothing but the name of the city, so that tests and transcripts
// can be repeated.
#include "vmcp/program/demo/demo_content.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>

namespace vmcp {
namespace {

struct station {
    std::string_view id;
    std::string_view city;
    std::string_view region;
    int altitude;
};
constexpr std::array<station, 6> stations{{{"bern", "Bern", "Europe", 553},
                                           {"lima", "Lima", "South America", 161},
                                           {"nairobi", "Nairobi", "Africa", 1795},
                                           {"osaka", "Osaka", "Asia", 24},
                                           {"oslo", "Oslo", "Europe", 23},
                                           {"toronto", "Toronto", "North America", 76}}};
constexpr std::array<std::string_view, 5> skies{"sunny", "cloudy", "light rain", "showers", "fog"};
constexpr std::array<std::string_view, 4> alerts{"", "strong wind", "thunderstorms", "heat"};
constexpr std::string_view stations_uri = "weather://stations";

// FNV-1a, so that the same city has the same weather everywhere.
constexpr std::uint32_t hash(std::string_view text, std::uint32_t salt) {
    std::uint32_t h = 2166136261U ^ salt;
    for (const char c : text)
        h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
    return h ^ (h >> 15);
}

struct day {
    std::string_view sky;
    int high;
    int low;
};

day weather_of(std::string_view city, unsigned number) {
    const auto h = hash(city, number * 2654435761U);
    const int high = 8 + static_cast<int>(h % 22);
    return {skies[h / 32 % skies.size()], high, high - 4 - static_cast<int>(h / 256 % 7)};
}

std::string forecast(const std::string& city, unsigned days) {
    std::string text = fmt::format("Forecast for {}:", city);
    auto list = demo_json::array();
    for (unsigned i = 1; i <= days; ++i) {
        const auto [sky, high, low] = weather_of(city, i);
        text += fmt::format("\nday {}: {}, {} to {} °C", i, sky, low, high);
        list.push_back({{"day", i}, {"sky", sky}, {"highC", high}, {"lowC", low}});
    }
    return json_text({{"content", text_content(text)},
                      {"structuredContent", {{"city", city}, {"days", std::move(list)}}}});
}

demo_json string_schema(const char* description) {
    return {{"type", "string"}, {"description", description}};
}

demo_json integer_schema(const char* description, int least, int most, int standard) {
    return {{"type", "integer"},
            {"description", description},
            {"minimum", least},
            {"maximum", most},
            {"default", standard}};
}

demo_json object_schema(demo_json properties, demo_json required) {
    return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

demo_json station_json(const station& one) {
    const auto [sky, high, low] = weather_of(one.city, 1);
    return {{"id", one.id},         {"city", one.city},
            {"region", one.region}, {"altitudeM", one.altitude},
            {"sky", sky},           {"temperatureC", (high + low) / 2}};
}

std::string json_contents(std::string_view uri, const demo_json& value) {
    return json_text(
        {{"contents", list_of({{"uri", uri}, {"mimeType", "application/json"}, {"text", value.dump(2)}})}});
}

// An optional whole number within bounds; nothing when it is something else.
std::optional<unsigned> number_argument(const demo_json& arguments, const char* name, int least, int most,
                                        int standard) {
    const auto it = arguments.find(name);
    if (it == arguments.end())
        return static_cast<unsigned>(standard);
    if (!it->is_number_integer() || *it < least || *it > most)
        return std::nullopt;
    return it->get<unsigned>();
}

class weather final : public demo_content {
public:
    [[nodiscard]] std::string_view instructions() const override {
        return "Made-up weather that is the same every day. Ask get_forecast for a city.";
    }

    [[nodiscard]] demo_json tools() const override {
        const demo_json read_only{{"readOnlyHint", true}, {"openWorldHint", false}};
        const auto city = string_schema("Name of a city, such as Bern");
        const auto number = demo_json{{"type", "integer"}};
        const auto a_day = object_schema(
            {{"day", number}, {"sky", {{"type", "string"}}}, {"highC", number}, {"lowC", number}},
            {"day", "sky", "highC", "lowC"});
        auto list = demo_json::array();
        list.push_back({{"name", "get_forecast"},
                        {"title", "Weather forecast"},
                        {"description", "The weather in a city over the next days."},
                        {"inputSchema",
                         object_schema({{"city", city}, {"days", integer_schema("How many days", 1, 14, 3)}},
                                       list_of("city"))},
                        {"outputSchema", object_schema({{"city", {{"type", "string"}}},
                                                        {"days", {{"type", "array"}, {"items", a_day}}}},
                                                       {"city", "days"})},
                        {"annotations", read_only}});
        list.push_back(
            {{"name", "get_alerts"},
             {"title", "Weather alerts"},
             {"description", "Warnings for a region."},
             {"inputSchema", object_schema({{"region", string_schema("Name of a region, such as Europe")}},
                                           list_of("region"))},
             {"annotations", read_only}});
        list.push_back(
            {{"name", "simulate_forecast"},
             {"title", "Slow forecast"},
             {"description", "Simulates a city's weather step by step, with progress notifications."},
             {"inputSchema",
              object_schema({{"city", city},
                             {"steps", integer_schema("How many steps", 1, 100, 5)},
                             {"stepMs", integer_schema("Milliseconds a step takes", 0, 10'000, 300)}},
                            list_of("city"))},
             {"annotations", read_only}});
        return list;
    }

    [[nodiscard]] demo_json resources() const override {
        return list_of({{"uri", stations_uri},
                        {"name", "stations"},
                        {"description", "All weather stations."},
                        {"mimeType", "application/json"}});
    }

    [[nodiscard]] demo_json templates() const override {
        return list_of({{"uriTemplate", "weather://stations/{id}"},
                        {"name", "station"},
                        {"description", "One weather station and what it measures."},
                        {"mimeType", "application/json"}});
    }

    [[nodiscard]] demo_json prompts() const override {
        const demo_json city{{"name", "city"}, {"description", "Where the trip goes"}, {"required", true}};
        return list_of({{"name", "plan_trip"},
                        {"description", "Plans a trip around the weather."},
                        {"arguments", list_of(city)}});
    }

    [[nodiscard]] bool is_slow(std::string_view tool) const override { return tool == "simulate_forecast"; }

    boost::asio::awaitable<demo_result> call(std::string tool, demo_json arguments, demo_run& run) override {
        const auto city = text_argument(arguments, "city");
        if (tool == "get_alerts")
            co_return alerts_for(text_argument(arguments, "region"));
        if (tool != "get_forecast" && tool != "simulate_forecast")
            co_return fail(errc::unknown_tool, tool);
        if (city.empty())
            co_return error_result(R"(city is missing: give the name of a city, such as {"city":"Bern"})");
        if (tool == "simulate_forecast")
            co_return co_await simulate(city, arguments, run);
        const auto days = number_argument(arguments, "days", 1, 14, 3);
        co_return days ? forecast(city, *days) : error_result("days must be a whole number from 1 to 14");
    }

    [[nodiscard]] demo_result read(std::string_view uri) const override {
        if (uri == stations_uri) {
            auto list = demo_json::array();
            for (const auto& one : stations)
                list.push_back(station_json(one));
            return json_contents(uri, list);
        }
        for (const auto& one : stations)
            if (uri == fmt::format("{}/{}", stations_uri, one.id))
                return json_contents(uri, station_json(one));
        return fail(errc::resource_not_found, std::string(uri));
    }

    [[nodiscard]] demo_result prompt(std::string_view name, const demo_json& arguments) const override {
        if (name != "plan_trip")
            return fail(errc::unknown_prompt, std::string(name));
        const auto city = text_argument(arguments, "city");
        if (city.empty())
            return fail(errc::invalid_params, "the argument city is missing");
        const auto words =
            fmt::format("Plan a weekend in {0}. Ask get_forecast for the weather in {0} first, and put "
                        "what needs a dry day on the driest one.",
                        city);
        return json_text(
            {{"description", fmt::format("A trip to {}", city)},
             {"messages", list_of({{"role", "user"}, {"content", {{"type", "text"}, {"text", words}}}})}});
    }

    [[nodiscard]] demo_json complete(const demo_json&, std::string_view argument,
                                     std::string_view typed) const override {
        auto values = demo_json::array();
        for (const auto& one : stations) {
            const auto word = argument == "city" ? one.city : argument == "id" ? one.id : std::string_view();
            if (!word.empty() && word.starts_with(typed))
                values.push_back(word);
        }
        return values;
    }

private:
    static std::string alerts_for(const std::string& region) {
        if (region.empty())
            return error_result(
                R"(region is missing: give the name of a region, such as {"region":"Europe"})");
        const auto alert = alerts[hash(region, 7) % alerts.size()];
        return text_result(alert.empty() ? fmt::format("No alerts for {}.", region)
                                         : fmt::format("Alert for {}: {} today.", region, alert));
    }

    boost::asio::awaitable<demo_result> simulate(const std::string& city, const demo_json& arguments,
                                                 demo_run& run) {
        const auto steps = number_argument(arguments, "steps", 1, 100, 5);
        const auto pause = number_argument(arguments, "stepMs", 0, 10'000, 300);
        if (!steps || !pause)
            co_return error_result("steps must be a whole number from 1 to 100, stepMs one from 0 to 10000");
        announce("notifications/message",
                 {{"level", "debug"}, {"logger", "weather"}, {"data", "simulating " + city}});
        for (unsigned i = 1; i <= *steps; ++i)
            if (!co_await run.step(i, *steps, fmt::format("{}: simulating step {} of {}", city, i, *steps),
                                   std::chrono::milliseconds(*pause)))
                co_return fail(errc::cancelled);
        const auto [sky, high, low] = weather_of(city, 1);
        co_return text_result(
            fmt::format("After {} steps: {} tomorrow in {}, {} to {} °C.", *steps, sky, city, low, high));
    }
};

} // namespace

std::unique_ptr<demo_content> make_weather() {
    return std::make_unique<weather>();
}

} // namespace vmcp
