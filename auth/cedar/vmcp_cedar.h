/* The C face of the Cedar engine: policies and entities are compiled into an immutable engine, which then decides.
 * The engine itself is the official Rust implementation of Cedar (https://www.cedarpolicy.com); see src/lib.rs. */
#ifndef VMCP_CEDAR_H
#define VMCP_CEDAR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `size` bytes of UTF-8, not ended by a zero; `data` may be null when `size` is 0. Bytes that are no UTF-8 are an
 * error of the call they are given to. What a caller gives is read during the call only. */
typedef struct vmcp_cedar_text {
    const char* data;
    size_t size;
} vmcp_cedar_text;

enum vmcp_cedar_kind {
    VMCP_CEDAR_BOOLEAN = 0, /* number: 0 or 1 */
    VMCP_CEDAR_LONG = 1,    /* number */
    VMCP_CEDAR_DECIMAL = 2, /* number: ten-thousandths */
    VMCP_CEDAR_STRING = 3,  /* text */
    VMCP_CEDAR_SET = 4,     /* fields, their names not looked at */
    VMCP_CEDAR_RECORD = 5   /* fields */
};

struct vmcp_cedar_field;

/* Sets and records nest at most 32 deep. */
typedef struct vmcp_cedar_value {
    uint8_t kind;
    int64_t number;
    vmcp_cedar_text text;
    const struct vmcp_cedar_field* fields;
    size_t field_count;
} vmcp_cedar_value;

/* Of two fields with one name the later counts. */
typedef struct vmcp_cedar_field {
    vmcp_cedar_text name;
    vmcp_cedar_value value;
} vmcp_cedar_field;

/* Type::"id". */
typedef struct vmcp_cedar_uid {
    vmcp_cedar_text type;
    vmcp_cedar_text id;
} vmcp_cedar_uid;

/* Where `defined` is 0 the entity is what the engine's own entities say of `uid`, which may be nothing; else it is
 * what stands here, and what the engine's entities say of the same `uid` does not count during the call. */
typedef struct vmcp_cedar_entity {
    vmcp_cedar_uid uid;
    uint8_t defined;
    const vmcp_cedar_field* attributes;
    size_t attribute_count;
    const vmcp_cedar_uid* parents;
    size_t parent_count;
} vmcp_cedar_entity;

/* The context is `context`, or, when `context_json` is not empty, that JSON object in Cedar's own form. */
typedef struct vmcp_cedar_request {
    const vmcp_cedar_entity* principal;
    const vmcp_cedar_entity* action;
    const vmcp_cedar_entity* resource;
    const vmcp_cedar_field* context;
    size_t context_count;
    vmcp_cedar_text context_json;
} vmcp_cedar_request;

#define VMCP_CEDAR_NONE UINT32_MAX

/* Something wrong: in the policy of that index or VMCP_CEDAR_NONE, at a place in its text (counted from 1, columns in
 * characters; 0: no place), and, from decide_many, with the resource of that index or VMCP_CEDAR_NONE. */
typedef struct vmcp_cedar_problem {
    uint32_t policy;
    uint32_t item;
    uint32_t line;
    uint32_t column;
    vmcp_cedar_text message;
} vmcp_cedar_problem;

/* What a call found. `allowed` is 1 only for an allow of Cedar without any problem. `reasons` are the indexes of the
 * policies that made the decision, ascending. Everything in it belongs to the library until vmcp_cedar_release. */
typedef struct vmcp_cedar_answer {
    uint8_t allowed;
    const uint32_t* reasons;
    size_t reason_count;
    const vmcp_cedar_problem* problems;
    size_t problem_count;
    void* owner;
} vmcp_cedar_answer;

/* Frees what an answer holds, once; an answer filled with zeros holds nothing. */
void vmcp_cedar_release(vmcp_cedar_answer* answer);

typedef struct vmcp_cedar_engine vmcp_cedar_engine;

/* Each of `policies` is the text of one static policy, in Cedar's syntax. `entities_json` is a JSON array in Cedar's
 * form, where `attrs` and `parents` may be left out, or empty. `types` are entity types that requests will name. Null
 * when there is a problem. The engine is immutable and may be used by any number of threads at once. */
vmcp_cedar_engine* vmcp_cedar_compile(const vmcp_cedar_text* policies, size_t policy_count,
                                      vmcp_cedar_text entities_json, const vmcp_cedar_text* types,
                                      size_t type_count, vmcp_cedar_answer* answer);

/* When no call with the engine is running. */
void vmcp_cedar_destroy(vmcp_cedar_engine* engine);

/* The decision on one request. */
void vmcp_cedar_decide(const vmcp_cedar_engine* engine, const vmcp_cedar_request* request,
                       vmcp_cedar_answer* answer);

/* The decision on the request with each of `resources` as its resource (that of the request is not looked at), as
 * vmcp_cedar_decide would take it: verdicts[i] becomes 1 (allowed) or 0. The answer holds at most 16 problems, and no
 * reasons; `allowed` is 1 when all are. */
void vmcp_cedar_decide_many(const vmcp_cedar_engine* engine, const vmcp_cedar_request* request,
                            const vmcp_cedar_entity* resources, size_t resource_count, uint8_t* verdicts,
                            vmcp_cedar_answer* answer);

/* Names that the engine knows, ascending; each text lives as long as the engine, and is null past the end. */
enum vmcp_cedar_names {
    VMCP_CEDAR_ATTRIBUTES = 0,  /* attributes that a policy reads or asks for */
    VMCP_CEDAR_ENTITY_TYPES = 1 /* types of the engine's own entities and of what these are below */
};
vmcp_cedar_text vmcp_cedar_name(const vmcp_cedar_engine* engine, uint8_t names, size_t index);

/* 1 when a policy uses the context as a whole, so that more than VMCP_CEDAR_ATTRIBUTES of it can be seen. */
uint8_t vmcp_cedar_sees_all(const vmcp_cedar_engine* engine);

/* Checks the policies against a schema in Cedar's syntax. A problem with a policy is a warning: what it says cannot
 * happen in the schema's world. A problem with no policy is an error of the schema. */
void vmcp_cedar_lint(const vmcp_cedar_engine* engine, vmcp_cedar_text schema, vmcp_cedar_answer* answer);

/* Panics inside of the library, to show that a panic becomes a problem and not an allow. */
void vmcp_cedar_panic(vmcp_cedar_answer* answer);

#ifdef __cplusplus
}
#endif

#endif
