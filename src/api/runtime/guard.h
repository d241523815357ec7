// The edge of the API: what the standard library throws below becomes an error value.
#pragma once

#include "base/errors.h"

#include <new>
#include <stdexcept>
#include <utility>

namespace tenon::internal {

// Runs `body`, whose result type can hold an Error. std::bad_alloc, and std::length_error for sizes
// that no container takes, become OutOfMemory.
template <class F>
auto guarded(F&& body) -> decltype(body()) {
  try {
    return std::forward<F>(body)();
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::length_error&) {
    return out_of_memory();
  }
}

}  // namespace tenon::internal
