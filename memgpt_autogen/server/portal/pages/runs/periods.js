// Since when runs and usage are shown.

/** @type {[string, string][]} */
export const PERIODS = [['', 'At any time'], ['1', 'In the last 24 hours'], ['7', 'In the last 7 days'], ['30', 'In the last 30 days'], ['90', 'In the last 90 days']];

/**
 * Return when a period begins; undefined for all time.
 * @param {string} days
 * @returns {string | undefined}
 */
export function startOf(days) {
  return Number(days) > 0 ? new Date(Date.now() - Number(days) * 86_400_000).toISOString() : undefined;
}
