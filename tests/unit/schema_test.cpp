// What data/schema says of clients' messages is what the server does with them.

#include "api_documents.hpp"
#include "base/json_reader.hpp"
#include "web/v1.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

using namespace compositord;

namespace {

json_t* member(json_t* object, std::initializer_list<const char*> path) {
    for (const char* name : path) {
        object = json_object_get(object, name);
    }
    return object;
}

std::string dump(json_t* json) {
    char* text = json_dumps(json, JSON_COMPACT);
    std::string result(text);
    std::free(text); // NOLINT(cppcoreguidelines-no-malloc): jansson's
    return result;
}

} // namespace

TEST(Schema, ExamplesOfRequestsAreReadAndNeedTheGrantItNames) {
    const auto schema = parseJsonObject(kMessageSchema);
    ASSERT_TRUE(schema) << schema.error().message;
    const V1 dialect(V1::Format::json);
    json_t* const requests = member(schema->get(), {"$defs", "ClientMessage", "oneOf"});
    std::size_t index = 0;
    json_t* reference = nullptr;
    json_array_foreach(requests, index, reference) {
        const std::string path = json_string_value(member(reference, {"$ref"}));
        const std::string type = path.substr(path.rfind('/') + 1);
        json_t* const definition = member(schema->get(), {"$defs", type.c_str()});
        const char* const grant = json_string_value(member(definition, {"x-grant"}));
        json_t* const examples = member(definition, {"examples"});
        EXPECT_GT(json_array_size(examples), 0) << type;
        std::size_t number = 0;
        json_t* example = nullptr;
        json_array_foreach(examples, number, example) {
            const auto message = dialect.decode(dump(example));
            ASSERT_TRUE(message) << type << ": " << message.error().problem.message;
            EXPECT_EQ(nameOf(*message), type);
            const auto needed = grantFor(*message);
            EXPECT_EQ(needed ? nameOf(*needed) : "", grant != nullptr ? grant : "") << type;
        }
    }
    EXPECT_GT(index, 10);
}
