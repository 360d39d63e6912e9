/** What the processors share of the poll loop: seeing records at poll, committing when idle. */
@NullMarked
package io.semblance.stream;

import org.jspecify.annotations.NullMarked;
