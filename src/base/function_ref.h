#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace tenon::internal {

template <class Signature>
class FunctionRef;

// A callable passed down the stack: two pointers, no allocation, no ownership. The callable must
// outlive it, so it is a parameter type and not a member type.
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
           std::is_invocable_r_v<R, F&, Args...>) FunctionRef(F&& function)
  noexcept {
    using Callable = std::remove_reference_t<F>;
    if constexpr (std::is_function_v<Callable>) {
      target_.function = reinterpret_cast<void (*)()>(std::addressof(function));
    } else {
      target_.object = const_cast<void*>(static_cast<const void*>(std::addressof(function)));
    }
    call_ = [](Target target, Args... args) -> R {
      Callable* callable = nullptr;
      if constexpr (std::is_function_v<Callable>) {
        callable = reinterpret_cast<Callable*>(target.function);
      } else {
        callable = static_cast<Callable*>(target.object);
      }
      if constexpr (std::is_void_v<R>) {
        std::invoke(*callable, std::forward<Args>(args)...);
      } else {
        return std::invoke(*callable, std::forward<Args>(args)...);
      }
    };
  }

  R operator()(Args... args) const { return call_(target_, std::forward<Args>(args)...); }

 private:
  union Target {
    void* object;
    void (*function)();
  };

  Target target_;
  R (*call_)(Target, Args...);
};

}  // namespace tenon::internal
