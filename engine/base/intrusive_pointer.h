// A shared pointer whose count lives in the object: one word, so that a flow-graph message stays
// one word, and no allocation beside the object.
#pragma once

#include <utility>

namespace sluice {

/// T provides `void add_reference() noexcept` and `void drop_reference() noexcept`; the latter ends
/// the object's life in flight when it drops the last one.
template <class T>
class IntrusivePointer {
 public:
  IntrusivePointer() noexcept = default;
  /// Takes over one reference that the caller already holds.
  static IntrusivePointer adopt(T* object) noexcept {
    IntrusivePointer pointer;
    pointer.object_ = object;
    return pointer;
  }
  IntrusivePointer(const IntrusivePointer& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->add_reference();
  }
  IntrusivePointer(IntrusivePointer&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)) {}
  IntrusivePointer& operator=(IntrusivePointer other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~IntrusivePointer() { reset(); }

  void reset() noexcept {
    if (T* object = std::exchange(object_, nullptr)) object->drop_reference();
  }
  /// Gives up the reference without dropping it; adopt() takes it over again.
  T* release() noexcept { return std::exchange(object_, nullptr); }
  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

}  // namespace sluice
