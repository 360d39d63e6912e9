/** The wire contract: records, headers and serdes of every topic. */
@NullMarked
package io.semblance.event;

import org.jspecify.annotations.NullMarked;
