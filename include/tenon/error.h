#pragma once

/// Errors as values: ErrorKind, Error, Result<T> and Status.
///
/// Every function of Tenon that can fail returns a Result<T> or a Status. Nothing here throws,
/// locks or keeps global state; objects may be moved between threads and read from several threads
/// at once.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace tenon {

/// What went wrong. The first seven are for the caller to mend, the last four come from the world
/// outside.
enum class ErrorKind : uint8_t {
  kInvalidArgument,  ///< An argument, option or call order that can never work.
  kUnsupported,      ///< Well-formed, but outside what this build or device can do.
  kCorruptData,      ///< A file or byte buffer that breaks its format.
  kNotFound,         ///< A file, name, device or entry that does not exist.
  kVersionMismatch,  ///< Data or a library of a version that this one does not read.
  kCacheMiss,        ///< The timing cache lacks an entry and measuring was not allowed.
  kBusy,             ///< The object is in use and the call was told not to wait.
  kOutOfMemory,      ///< Host or device memory, or a limit set on it, is exhausted.
  kDeviceError,      ///< A device or its driver failed.
  kIoError,          ///< The operating system refused to read or write.
  kCancelled,        ///< The caller asked to stop.
};

/// The spelling used in messages and in the command line's JSON, for example "InvalidArgument".
std::string_view to_string(ErrorKind kind) noexcept;

/// One error: its kind, a message for people, and the graph node it is about where there is one.
///
/// The message names the thing and the way out. Each layer that passes an error on may add one line
/// that says what it was doing. An Error whose texts are at most 15 characters long is made without
/// allocating.
class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message, std::string node = {}) noexcept
      : message_(std::move(message)), node_(std::move(node)), kind_(kind) {}

  // Not inline: they would stand on the cold side of every Result.
  ~Error();
  Error(const Error&);
  Error& operator=(const Error&);
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;

  ErrorKind kind() const noexcept { return kind_; }

  /// The message; lines added by with_context() follow the first, each after a line break.
  const std::string& message() const noexcept { return message_; }

  /// Name of the graph node the error is about; empty when it is about no node.
  const std::string& node() const noexcept { return node_; }

  /// Appends one line such as "while reading plan \"a.plan\"". Without memory for it, the line is
  /// left out.
  Error&& with_context(std::string_view line) && noexcept;

  /// Names the node the error is about; a name that was set before stays.
  Error&& with_node(std::string node) && noexcept;

  /// "InvalidArgument: message", with the context lines indented by two spaces.
  std::string to_string() const;

 private:
  std::string message_;
  std::string node_;
  ErrorKind kind_;
};

namespace internal {
[[noreturn]] void abort_missing_value(const Error& error) noexcept;
[[noreturn]] void abort_missing_error() noexcept;
}  // namespace internal

/// A value of type T, or the Error that says why there is none.
///
/// Test it before use: value(), operator* and operator-> on an error, and error() on a value, are
/// bugs of the caller and end the process with the text on stderr. T may be move-only; it may not
/// be a reference.
template <class T>
class [[nodiscard]] Result {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "Result<T> holds an object");
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "an Error is not a value");

  template <class U>
  static constexpr bool kIsValue = !std::is_same_v<std::remove_cvref_t<U>, Result> &&
                                   !std::is_same_v<std::remove_cvref_t<U>, Error>;

 public:
  using value_type = T;

  /// From a T or anything that converts to one implicitly.
  template <class U = T>
  requires(kIsValue<U>&& std::is_convertible_v<U, T>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  Result(Error error) noexcept : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & noexcept {
    require_value();
    return *std::get_if<0>(&state_);
  }
  const T& value() const& noexcept {
    require_value();
    return *std::get_if<0>(&state_);
  }
  T&& value() && noexcept {
    require_value();
    return std::move(*std::get_if<0>(&state_));
  }

  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return &value(); }
  const T* operator->() const noexcept { return &value(); }

  /// The value, or `fallback` when there is an error.
  template <class U>
  T value_or(U&& fallback) const& {
    return ok() ? value() : static_cast<T>(std::forward<U>(fallback));
  }
  template <class U>
  T value_or(U&& fallback) && {
    return ok() ? std::move(*this).value() : static_cast<T>(std::forward<U>(fallback));
  }

  const Error& error() const& noexcept {
    require_error();
    return *std::get_if<1>(&state_);
  }
  Error&& error() && noexcept {
    require_error();
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  void require_value() const noexcept {
    if (!ok()) internal::abort_missing_value(*std::get_if<1>(&state_));
  }
  void require_error() const noexcept {
    if (ok()) internal::abort_missing_error();
  }

  std::variant<T, Error> state_;
};

/// Success, or the Error that says why not. Default-constructed it is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() noexcept = default;
  Result(Error error) noexcept : error_(std::move(error)) {}

  bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }

  /// Ends the process when this is an error, as Result<T>::value() does.
  void value() const noexcept {
    if (error_) internal::abort_missing_value(*error_);
  }

  const Error& error() const& noexcept {
    require_error();
    return *error_;
  }
  Error&& error() && noexcept {
    require_error();
    return std::move(*error_);
  }

 private:
  void require_error() const noexcept {
    if (!error_) internal::abort_missing_error();
  }

  std::optional<Error> error_;
};

using Status = Result<void>;

inline Status ok_status() noexcept { return {}; }

}  // namespace tenon
