// What a dashboard is, by Grafana's own schema, and what each kind of panel takes. A kind that is not here is not known.
import type { Dashboard, VariableModel } from '@grafana/schema';
import type * as grafana from '@grafana/schema/dist/types/raw/dashboard/x/dashboard_types.gen.d.ts';
import type * as heatmap from '@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen.d.ts';
import type * as stat from '@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen.d.ts';
import type * as table from '@grafana/schema/dist/types/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen.d.ts';
import type * as timeseries from '@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.d.ts';

/** As it is in JSON: the word instead of the member of an enum. */
type Json<T> = T extends string
  ? string extends T ? string : `${T}`
  : T extends ReadonlyArray<infer Item> ? Json<Item>[]
  : T extends object ? { [Key in keyof T]: Json<T[Key]> }
  : T;

/** Options are merged with Grafana's defaults: none is needed, and none may be unknown. */
type Panel<Type, Options, Custom> = Omit<grafana.Panel, 'type' | 'options' | 'fieldConfig'> & {
  type: Type;
  options: Partial<Options>;
  fieldConfig: Omit<grafana.FieldConfigSource, 'defaults'> & {
    defaults: Omit<grafana.FieldConfig, 'custom'> & { custom?: Partial<Custom> };
  };
};

type Panels =
  | Panel<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | Panel<'stat', stat.Options, Record<string, never>>
  | Panel<'table', table.Options, table.FieldConfig>
  | Panel<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | grafana.RowPanel;

export type Checked = Json<Omit<Dashboard, 'panels' | 'templating'>> & {
  panels: Json<Panels>[];
  templating: { list: Json<VariableModel>[] };
};
