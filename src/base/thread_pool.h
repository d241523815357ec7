#pragma once

// Worker threads for loops, made for bodies of a few microseconds.

#include <tenon/error.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/core_leases.h"
#include "base/function_ref.h"

namespace tenon::internal {

// A fixed set of workers that split loops with the threads that call. Idle workers spin for a
// bounded time, because a parked one takes tens of microseconds to wake, and then park.
//
// With a table of leases a loop holds a core for each of its threads. Pools that share the table
// then run no more threads at once than it has cores, but for callers that find none free: a caller
// never waits for one. The short spin of idle workers is not leased. A session keeps cores and
// workers from one loop to the next.
//
// Thread-safe: callers at the same time share the workers, each gets those that are idle when it
// comes and never waits for others' loops. The destructor must not run during a call.
class ThreadPool {
 public:
  struct Options {
    int workers = 0;               // threads besides those that call
    std::string name = "tenon";    // threads are named name-0, name-1, …
    int64_t spin_ns = 50'000;      // how long an idle worker stays awake
    CoreLeases* leases = nullptr;  // must outlive the pool; without it nothing limits the threads
  };

  // kInvalidArgument for a negative number of workers; kOutOfMemory when the system gives no more
  // threads.
  static Result<std::unique_ptr<ThreadPool>> create(const Options& options);

  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  class Session;

  int workers() const noexcept { return static_cast<int>(workers_.size()); }

  // Calls body(begin, end) for ranges that cover [0, n) once each, and returns when all have ended.
  // The ranges are equal in size up to one, at least `grain` (> 0) long when n is, and at most
  // `max_threads` in number; the calling thread takes the first. What body writes is visible to the
  // caller afterwards. A call from inside a body runs on the thread that makes it, under the lease
  // of the loop outside. An exception out of body ends the process. Allocates nothing and takes no
  // lock.
  void parallel_for(int64_t n, FunctionRef<void(int64_t begin, int64_t end)> body,
                    int64_t grain = 1, int max_threads = INT32_MAX) noexcept;

 private:
  struct Loop;
  struct Worker;
  struct Team {
    Worker* first = nullptr;
    int size = 0;
  };

  explicit ThreadPool(const Options& options);
  Team claim(int wanted) noexcept;
  void work(Worker& worker) noexcept;

  std::vector<std::unique_ptr<Worker>> workers_;
  int64_t spin_ns_;
  CoreLeases* leases_;
};

// The loops of the thread that makes it, as long as it lives: the cores and workers that they need
// are taken once and kept, and these workers stay awake. Where other threads find no core free, it
// gives one back at the next loop. A session within one of the same pool, or within a loop, changes
// nothing. Ends on the thread that made it, before the pool does. Allocates nothing.
class ThreadPool::Session {
 public:
  explicit Session(ThreadPool& pool) noexcept;
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  friend class ThreadPool;

  // Comes as near to that many threads as cores and idle workers allow.
  void prepare(int threads) noexcept;
  void cover_caller() noexcept;
  void grow(int workers) noexcept;
  void drop_worker() noexcept;
  void run(int64_t n, FunctionRef<void(int64_t, int64_t)> body, int threads) noexcept;

  ThreadPool& pool_;
  // Of this thread, before; itself where it changes nothing.
  Session* outer_;
  // With leases: of the caller, unless it found none, and of each worker.
  CoreLease cores_;
  bool uncovered_ = false;
  Team team_;
};

}  // namespace tenon::internal
