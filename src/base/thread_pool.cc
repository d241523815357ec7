#include "base/thread_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/core_leases.h"
#include "base/errors.h"
#include "base/threads.h"

namespace tenon::internal {
namespace {

// The life of a worker. A session owns it from kClaimed until it sets kIdle again, so that loops of
// different callers never mix; only the owner waits on it.
//
//   kIdle, kParked --session--> kClaimed --loop--> kReady --worker--> kDone --loop--> kClaimed
//   kClaimed --session--> kIdle --worker, after spinning--> kParked
//   kReady --loop, after spinning--> kAwaited --worker--> kDone
//   kIdle, kParked --destructor--> kStop
//
// A worker that is late finds its part already awaited: kAwaited calls it as kReady does.
enum class State : int { kIdle, kParked, kClaimed, kReady, kAwaited, kDone, kStop };

// Nested loops run serially: the cores outside are taken by the loop that is running.
thread_local bool inside_loop = false;

thread_local ThreadPool::Session* current_session = nullptr;

void relax_cpu() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Polls until `done` holds or the time is over; false when it is over.
template <class Condition>
bool spin_until(Condition done, int64_t spin_ns) noexcept {
  constexpr int kPollsPerClockRead = 32;
  const int64_t end_ns = monotonic_ns() + spin_ns;
  for (;;) {
    for (int i = 0; i < kPollsPerClockRead; ++i) {
      if (done()) return true;
      relax_cpu();
    }
    if (monotonic_ns() >= end_ns) return false;
  }
}

}  // namespace

struct ThreadPool::Loop {
  FunctionRef<void(int64_t, int64_t)> body;
  int64_t n;
  int parts;

  void run(int part) const noexcept {
    const int64_t size = n / parts;
    const int64_t longer = n % parts;
    const int64_t begin = part * size + std::min<int64_t>(part, longer);
    inside_loop = true;
    body(begin, begin + size + (part < longer ? 1 : 0));
    inside_loop = false;
  }
};

// Aligned so that polling one worker does not disturb the others.
struct alignas(64) ThreadPool::Worker {
  std::atomic<State> state = State::kIdle;
  std::thread thread;

  // The owner's.
  const Loop* loop = nullptr;
  Worker* next = nullptr;
  int part = 0;

  // Session: takes the worker if nobody has it, and wakes it.
  bool claim() noexcept {
    State before = state.load();
    while (before == State::kIdle || before == State::kParked) {
      if (state.compare_exchange_weak(before, State::kClaimed)) {
        if (before == State::kParked) state.notify_one();
        return true;
      }
    }
    return false;
  }

  // Owner: hands over one part of a loop, which must live until finish() returns.
  void start(const Loop& work, int its_part) noexcept {
    loop = &work;
    part = its_part;
    state.store(State::kReady);
  }

  // Owner: waits for the end of the part.
  void finish(int64_t spin_ns) noexcept {
    const auto done = [this] { return state.load() == State::kDone; };
    State running = State::kReady;
    if (!spin_until(done, spin_ns) && state.compare_exchange_strong(running, State::kAwaited)) {
      state.wait(State::kAwaited);
    }
    state.store(State::kClaimed);
  }

  // Worker: waits for a part, awake as long as somebody owns it; false when the pool ends.
  bool await_start(int64_t spin_ns) noexcept {
    State now = State::kIdle;
    const auto called = [&] {
      now = state.load();
      return now == State::kReady || now == State::kAwaited || now == State::kStop;
    };
    while (!spin_until(called, spin_ns)) {
      State idle = State::kIdle;
      if (state.compare_exchange_strong(idle, State::kParked)) {
        state.wait(State::kParked);
      } else {
        std::this_thread::yield();
      }
    }
    return now != State::kStop;
  }
};

ThreadPool::ThreadPool(const Options& options)
    : spin_ns_(options.spin_ns), leases_(options.leases) {
  workers_.reserve(static_cast<size_t>(options.workers));
}

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(const Options& options) {
  if (options.workers < 0) {
    return invalid_argument("a thread pool cannot have {} workers", options.workers);
  }
  std::unique_ptr<ThreadPool> pool(new ThreadPool(options));
  for (int i = 0; i < options.workers; ++i) {
    Worker& worker = *pool->workers_.emplace_back(std::make_unique<Worker>());
    try {
      worker.thread =
          std::thread([self = pool.get(), &worker, name = fmt::format("{}-{}", options.name, i)] {
            name_this_thread(name);
            self->work(worker);
          });
    } catch (const std::system_error& error) {
      return out_of_memory(
          "cannot start worker thread {} of {}: {}; use fewer threads or raise the limits on "
          "processes and memory",
          i + 1, options.workers, error.code().message());
    }
  }
  return pool;
}

ThreadPool::~ThreadPool() {
  for (const auto& worker : workers_) {
    const State before = worker->state.exchange(State::kStop);
    if (before == State::kParked) worker->state.notify_one();
    TENON_CHECK(before == State::kIdle || before == State::kParked,
                "a thread pool is destroyed during a loop");
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void ThreadPool::parallel_for(int64_t n, FunctionRef<void(int64_t, int64_t)> body, int64_t grain,
                              int max_threads) noexcept {
  if (n <= 0) return;
  TENON_CHECK(grain > 0, "grain is {}", grain);
  if (inside_loop) {
    body(0, n);
    return;
  }
  const int64_t useful = std::clamp<int64_t>(n / grain, 1, std::max(max_threads, 1));
  const int threads = static_cast<int>(std::min<int64_t>(useful, workers() + 1));
  if (current_session != nullptr && &current_session->pool_ == this) {
    current_session->run(n, body, threads);
  } else {
    Session(*this).run(n, body, threads);
  }
}

ThreadPool::Team ThreadPool::claim(int wanted) noexcept {
  Team team;
  for (size_t i = 0; i < workers_.size() && team.size < wanted; ++i) {
    Worker& worker = *workers_[i];
    if (!worker.claim()) continue;
    worker.next = std::exchange(team.first, &worker);
    ++team.size;
  }
  return team;
}

ThreadPool::Session::Session(ThreadPool& pool) noexcept : pool_(pool), outer_(current_session) {
  if (inside_loop || (outer_ != nullptr && &outer_->pool_ == &pool)) {
    outer_ = this;
    return;
  }
  current_session = this;
  cover_caller();
}

ThreadPool::Session::~Session() {
  if (outer_ == this) return;
  while (team_.size > 0) drop_worker();
  if (uncovered_) pool_.leases_->add_uncovered(-1);
  current_session = outer_;
}

// A caller runs even where no core is left for it.
void ThreadPool::Session::cover_caller() noexcept {
  if (pool_.leases_ == nullptr || cores_.count() > 0) return;
  cores_ = pool_.leases_->lease(1, LeasePolicy::kUpTo);
  const bool uncovered = cores_.count() == 0;
  if (uncovered != uncovered_) pool_.leases_->add_uncovered(uncovered ? 1 : -1);
  uncovered_ = uncovered;
}

void ThreadPool::Session::prepare(int threads) noexcept {
  cover_caller();
  if (pool_.leases_ != nullptr && team_.size > 0 && pool_.leases_->uncovered() > 0) {
    drop_worker();
  } else if (threads - 1 > team_.size && !uncovered_) {
    grow(threads - 1 - team_.size);
  }
}

void ThreadPool::Session::grow(int workers) noexcept {
  CoreLease more;
  if (pool_.leases_ != nullptr) {
    more = pool_.leases_->lease(workers, LeasePolicy::kUpTo);
    workers = more.count();
  }
  const Team team = pool_.claim(workers);
  // Other sessions may have the workers for which there are cores.
  more.shrink(team.size);
  cores_.add(std::move(more));
  if (team.size == 0) return;
  Worker* last = team.first;
  while (last->next != nullptr) last = last->next;
  last->next = team_.first;
  team_ = {team.first, team_.size + team.size};
}

void ThreadPool::Session::drop_worker() noexcept {
  // Once released, the worker may be in another session's team.
  Worker& worker = *std::exchange(team_.first, team_.first->next);
  worker.state.store(State::kIdle);
  --team_.size;
  cores_.shrink(team_.size + 1);
}

void ThreadPool::Session::run(int64_t n, FunctionRef<void(int64_t, int64_t)> body,
                              int threads) noexcept {
  if (threads > 1) prepare(threads);
  const Loop loop{body, n, std::min(threads, team_.size + 1)};
  int part = 1;
  for (Worker* worker = team_.first; part < loop.parts; worker = worker->next) {
    worker->start(loop, part++);
  }
  loop.run(0);
  part = 1;
  for (Worker* worker = team_.first; part < loop.parts; worker = worker->next, ++part) {
    worker->finish(pool_.spin_ns_);
  }
}

void ThreadPool::work(Worker& worker) noexcept {
  while (worker.await_start(spin_ns_)) {
    worker.loop->run(worker.part);
    if (worker.state.exchange(State::kDone) == State::kAwaited) worker.state.notify_one();
  }
}

}  // namespace tenon::internal
