// JSON Schemas that the validators of clients compile, with what is mended of the others. The official TypeScript client's, Ajv,
// was asked about each row.
#include "vmcp/catalog/schema_check.hpp"

#include "vmcp/base/json_cursor.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {
namespace {

// A schema with `inner` as the schema of a property, beside which there are definitions to refer to.
std::string around(std::string_view inner) {
    return fmt::format(
        R"({{"type":"object","properties":{{"a":{}}},"$defs":{{"x":{{"$anchor":"here"}},"a b":true,)"
        R"("a/b":{{"a~b":{{}}}},"é":{{}},"list":{{"allOf":[{{}}]}},"r":{{"$ref":"#/$defs/x"}}}},)"
        R"("parts":{{"y":{{"type":"string"}},"bad":{{"type":"strng"}},"text":"t"}}}})",
        inner);
}

TEST(schema_check, what_clients_compile_passes_untouched) {
    for (
        const std::string_view inner :
        {R"({})",
         "true",
         R"({"type":"string","pattern":"^[a-z]+$","format":"whatever","minLength":1,"maxLength":2.0})",
         R"({"type":["string","null"],"enum":[1,null],"const":null,"default":null,"examples":[null]})",
         R"({"type":"array","items":[{"type":"null"},false],"prefixItems":[{}],"contains":{},"uniqueItems":true})",
         R"({"properties":{"type":{"type":"string"},"$ref":{"type":"string"},"id":{},"enum":{},"required":{}}})",
         R"({"properties":{"x":{}},"required":[],"additionalProperties":false,"patternProperties":{"^x":{}}})",
         R"({"dependencies":{"a":["b"],"c":{}},"dependentSchemas":{"a":{}},"propertyNames":{"pattern":"a"}})",
         R"({"allOf":[],"anyOf":[{}],"oneOf":[true],"not":{},"if":{},"then":{},"else":{}})",
         R"({"type":"string","nullable":true})",
         R"({"$ref":"#"})",
         R"({"$ref":""})",
         R"({"$ref":"#/$defs/x"})",
         R"({"$ref":"#/$defs/r"})",
         R"({"$ref":"#here"})",
         R"({"$ref":"#/$defs/a%20b"})",
         R"({"$ref":"#/$defs/a b"})",
         R"({"$ref":"#/$defs/a~1b/a~0b"})",
         R"({"$ref":"#/$defs/%C3%A9"})",
         R"({"$ref":"#/$defs/list/allOf/0"})",
         R"({"$ref":"#/parts/y"})",
         R"({"x-null":null,"x-any":{"$ref":"#/nope","type":"strng","enum":[]}})"}) {
        const auto verdict = check_schema(around(inner));
        EXPECT_EQ(verdict.problem, "") << inner;
        EXPECT_EQ(verdict.mended, "") << inner;
    }
    EXPECT_EQ(
        check_schema(R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"urn:x"})").problem,
        "");
}

TEST(schema_check, keywords_without_a_value_are_left_out_and_empty_containers_are_the_other_kind) {
    struct row {
        std::string_view inner, mended;
    };
    for (const auto& [inner, mended] : std::vector<row>{
             {"[]", "{}"},
             {"null", "{}"},
             {R"({"type":null,"title":"t"})", R"({"title":"t"})"},
             {R"({"required":null,"enum":null,"pattern":null,"description":null})", "{}"},
             {R"({"properties":null,"additionalProperties":null,"items":null,"allOf":null})", "{}"},
             {R"({"properties":[]})", R"({"properties":{}})"},
             {R"({"additionalProperties":[]})", R"({"additionalProperties":{}})"},
             {R"({"items":[]})", R"({"items":{}})"},
             {R"({"required":{}})", R"({"required":[]})"},
             {R"({"anyOf":{}})", R"({"anyOf":[]})"},
             {R"({"properties":{"b":null,"c":[]}})", R"({"properties":{"b":{},"c":{}}})"},
             {R"({"not":{"anyOf":[{"maximum":null}]}})", R"({"not":{"anyOf":[{}]}})"},
             {R"({"$ref":null,"$id":null,"id":"draft-04"})", "{}"},
             {R"({"nullable":true})", "{}"},
             {R"({"nullable":true,"type":null})", "{}"},
             {R"({"type":"null","nullable":false})", R"({"type":"null"})"},
             {R"({"type":"string","nullable":null})", R"({"type":"string"})"},
         }) {
        const auto verdict = check_schema(around(inner));
        EXPECT_EQ(verdict.problem, "") << inner;
        EXPECT_EQ(verdict.mended, around(mended)) << inner;
        EXPECT_EQ(check_schema(verdict.mended).mended, "") << "mended for good: " << inner;
    }
}

TEST(schema_check, what_would_have_to_be_guessed_is_a_problem_that_names_the_place) {
    struct row {
        std::string_view inner, place;
    };
    for (const auto& [inner, place] : std::vector<row>{
             {R"({"type":"strng"})", "\"properties.a.type\""},
             {R"({"type":["string","any"]})", "\"properties.a.type\""},
             {R"({"type":[]})", "\"properties.a.type\""},
             {R"({"type":{}})", "\"properties.a.type\""},
             {R"({"enum":[]})", "\"properties.a.enum\""},
             {R"({"enum":"x"})", "\"properties.a.enum\""},
             {R"({"pattern":"(?i)x"})", "\"properties.a.pattern\" is no regular expression"},
             {R"({"pattern":5})", "\"properties.a.pattern\""},
             {R"({"patternProperties":{"[":{}}})", "\"properties.a.patternProperties.[\" is no regular"},
             {R"({"format":5})", "\"properties.a.format\""},
             {R"({"minimum":"1"})", "\"properties.a.minimum\" is not a number"},
             {R"({"exclusiveMinimum":true})", "\"properties.a.exclusiveMinimum\""},
             {R"({"uniqueItems":"yes"})", "\"properties.a.uniqueItems\""},
             {R"({"required":true})", "\"properties.a.required\""},
             {R"({"required":[1]})", "\"properties.a.required\""},
             {R"({"properties":[{}]})", "\"properties.a.properties\""},
             {R"({"properties":{"b":"string"}})", "\"properties.a.properties.b\" is not a schema"},
             {R"({"additionalProperties":"no"})", "\"properties.a.additionalProperties\""},
             {R"({"anyOf":[null]})", "\"properties.a.anyOf[0]\""},
             {R"({"anyOf":{"b":{}}})", "\"properties.a.anyOf\""},
             {R"({"items":{"items":{"type":"str"}}})", "\"properties.a.items.items.type\""},
             {R"({"dependencies":{"b":[1]}})", "\"properties.a.dependencies.b\""},
             {R"({"$id":"x"})", "\"properties.a.$id\""},
             {R"({"$anchor":"a b"})", "\"properties.a.$anchor\""},
             {R"({"$anchor":"here"})", "\"$defs.x.$anchor\""},
             {R"({"formatMinimum":"1"})", "\"properties.a.formatMinimum\""},
             {R"({"$ref":5})", "\"properties.a.$ref\""},
             {R"({"$ref":"#/nope"})", "\"$ref\" leads nowhere: #/nope"},
             {R"({"$ref":"#nope"})", "\"$ref\" leads nowhere"},
             {R"({"$ref":"#/$defs/x/"})", "\"$ref\" leads nowhere"},
             {R"({"$ref":"#/$defs/%zz"})", "\"$ref\" leads nowhere"},
             {R"({"$ref":"https://example.com/schema"})", "\"$ref\" leads nowhere"},
             {R"({"$ref":"#/parts/bad"})", "\"$ref.type\""},
             {R"({"$ref":"#/parts/text"})", "\"$ref\" leads nowhere"},
             {R"({"$ref":"#/properties/a"})", "\"$ref\" leads back to itself"},
         }) {
        const auto verdict = check_schema(around(inner));
        EXPECT_THAT(verdict.problem, testing::HasSubstr(place)) << inner;
        EXPECT_EQ(verdict.mended, "") << inner;
    }
    EXPECT_NE(check_schema(R"({"$id":5})").problem, "");
    EXPECT_NE(
        check_schema(R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})")
            .problem,
        "");
}

TEST(schema_check, references_lead_to_what_became_a_schema) {
    const auto with = [](std::string_view definition) {
        return fmt::format(R"({{"properties":{{"a":{{"$ref":"#/$defs/x"}}}},"$defs":{{"x":{}}}}})",
                           definition);
    };
    for (const auto* definition : {"[]", "null", "[ ]"}) {
        const auto verdict = check_schema(with(definition));
        EXPECT_EQ(verdict.problem, "") << definition;
        EXPECT_EQ(verdict.mended, with("{}")) << definition;
    }
    for (const auto* definition : {"[1]", "5", "\"x\""})
        EXPECT_NE(check_schema(with(definition)).problem, "") << definition;
    EXPECT_THAT(check_schema(R"({"items":null,"not":{"$ref":"#/items"}})").problem,
                testing::HasSubstr("leads nowhere"))
        << "it was left out";
    EXPECT_EQ(check_schema(R"({"items":[],"not":{"$ref":"#/items"}})").mended,
              R"({"items":{},"not":{"$ref":"#/items"}})");
}

TEST(schema_check, is_bounded_whatever_a_backend_writes) {
    std::string deep;
    for (int i = 0; i < 400; ++i)
        deep += R"({"not":)";
    EXPECT_NE(check_schema(deep + "{}" + std::string(400, '}')).problem, "");
    std::string refs = R"({"$defs":{)";
    for (int i = 0; i < 20'000; ++i)
        refs += fmt::format(R"("d{}":{{"$ref":"#/$defs/d{}"}},)", i, i + 1);
    refs += R"("d20000":{}}})";
    EXPECT_NE(check_schema(refs).problem, "") << "more than can be looked through";
}

} // namespace
} // namespace vmcp
