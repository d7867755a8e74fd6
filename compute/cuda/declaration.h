// cuda/declaration.h: where a declaration of C++ ends, and what sort it is. Floor 2. Any thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compute/cuda/host_code.h"
#include "compute/cuda/tokens.h"

namespace warpscope::cuda {

// Indices into the tokens. A declaration goes up to its ';' or the '}' of its body.
struct Declaration {
  std::size_t first = 0, end = 0;  // [first, end)
  std::size_t begin = 0;           // behind template <...>
  bool device = false;             // says __device__, __global__ ... or a macro for it
  bool global = false;             // says __global__
  bool is_const = false, is_constexpr = false, is_virtual = false;
  bool alias = false;  // using, typedef, static_assert
  bool type = false;   // class, struct, union, enum
  bool is_enum = false;
  bool defaulted = false;                 // = default, = delete
  bool parenthesized_value = false;       // dim3 block(16, 16)
  std::optional<std::size_t> parameters;  // the ( of a function
  std::optional<std::size_t> body;        // the { of a function or class
  std::optional<std::size_t> value;       // behind the =
  std::vector<TemplateParameter> template_parameters;
};

// The declaration that begins at `first`; it ends at `end` at the latest.
Declaration read_declaration(const std::vector<Token>& tokens, std::size_t first, std::size_t end,
                             const std::set<std::string>& device_macros);

// Whether it names something that exists on the host alone: std::vector, thrust::..., cublasHandle_t, FILE.
bool names_host_only(const std::vector<Token>& tokens, std::size_t first, std::size_t end, bool using_std);

}  // namespace warpscope::cuda
