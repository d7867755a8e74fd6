// base/threads.h: what a thread is called and how politely it asks for a core. Floor 0.
#pragma once

namespace warpscope::base {

// Names the calling thread for debuggers and top (at most 15 characters are kept).
void name_this_thread(const char* name);

// Lets every other thread of the machine go first: the calling thread, and the threads it starts from now on, use all
// idle cores but give way to the window at once. Cannot be undone by an unprivileged process.
void yield_to_interactive_threads();

}  // namespace warpscope::base
