// base/error.h: errors are values that teach. Floor 0.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace warpscope::base {

// Where in a text something was wrong. Lines and columns count from 1; 0 means "not known".
struct SourceSpan {
  std::string file;
  int line = 0;
  int column = 0;
};

// What was wrong, where, and what is accepted instead; written for the person who reads it.
struct Error {
  std::string message;
  SourceSpan where;

  // "file:line:column: message", leaving out what is not known.
  std::string text() const;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message, SourceSpan where = {}) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(where)});
}

}  // namespace warpscope::base
