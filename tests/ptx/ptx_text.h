// Short ways to write PTX in tests and to ask what became of it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "compute/ptx/parser.h"

namespace warpscope::ptx {

inline const std::string kHeader = ".version 8.0\n.target sm_80\n.address_size 64\n";

// The module of a text behind the usual header; an empty one, with a failure, where it does not parse. Lines count from
// the header, so the first of `declarations` is line 4.
inline Module module_of(std::string_view declarations) {
  auto module = parse(kHeader + std::string(declarations), "test.ptx");
  if (module) return std::move(*module);
  for (const base::Error& error : module.error()) ADD_FAILURE() << error.text();
  return {};
}

// A kernel k with some registers; the body begins in line 6.
inline std::string kernel(std::string_view body) {
  return ".entry k(.param .u64 out) {\n.reg .pred %p<4>; .reg .b32 %r<9>; .reg .b64 %rd<5>; .reg .f32 %f<9>;\n" +
         std::string(body) + "\n}\n";
}

inline Function function_of(std::string_view body) {
  Module module = module_of(kernel(body));
  return module.functions.empty() ? Function{} : module.functions.back();
}

// The only instruction of the text.
inline Instruction instruction_of(std::string_view text) {
  const Function function = function_of(text);
  EXPECT_EQ(function.instructions.size(), 1U) << text;
  return function.instructions.empty() ? Instruction{} : function.instructions[0];
}

// All errors of a whole text behind the header, one a line.
inline std::string errors_of(std::string_view declarations, const ParseLimits& limits = {}) {
  const auto module = parse(kHeader + std::string(declarations), "t.ptx", limits);
  if (module) return "";
  std::string text;
  for (const base::Error& error : module.error()) text += (text.empty() ? "" : "\n") + error.text();
  return text;
}

inline std::string errors_in(std::string_view body, const ParseLimits& limits = {}) {
  return errors_of(kernel(body), limits);
}

}  // namespace warpscope::ptx
